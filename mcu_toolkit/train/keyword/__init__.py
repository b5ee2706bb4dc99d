"""`mcu train keyword`: words in WAV files, a folder for each word, become a model that hears them."""
