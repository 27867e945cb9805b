"""What the agent says about devices and the POS, by its reason word, in the four other languages; itself it speaks English."""
