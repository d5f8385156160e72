"""What PingPilot does in a second, measured on the machine at hand: ``make bench``."""
