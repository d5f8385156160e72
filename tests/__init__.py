"""What PingPilot promises, each promise tested once, at the lowest level that can break it."""
