"""Everything that is plugged in: scanners, printers and POS systems, one file each."""
