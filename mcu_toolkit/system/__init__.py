"""The machine we run on: programs, files, folders and the network, and everything that keeps strangers out of them."""
