"""`mcu train motion`: recordings of an accelerometer or gyroscope, a folder for each class, become a model that tells movements apart."""
