"""`python -m mcu_toolkit` is `mcu`."""

from mcu_toolkit.cli import main

if __name__ == "__main__":
    main()
