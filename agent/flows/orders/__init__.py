"""Orders from the signed delivery to the printer, the POS and the cloud's last word."""
