"""What the till API says, as frozen values, a module for each subject; unknown fields are ignored and unknown words kept."""
