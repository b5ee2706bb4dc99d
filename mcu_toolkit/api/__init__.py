"""The verbs of `mcu` as functions, for programs and notebooks: `import mcu_toolkit as mcu` hands them on.

The command line calls the same functions.  They take paths, keywords and arrays, return the records of the pipeline, and raise
`McuError` (errors.py); nothing is printed unless a `progress` is given.  mcu.toml is the command line's and not read here.
"""
