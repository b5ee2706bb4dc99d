"""What can be said about a model, its data, the boards and this machine before anything is built."""
