"""`mcu matrix`: models x schemes x boards x runtimes x flags, each cell built, run, proven and measured, here or in a lab."""
