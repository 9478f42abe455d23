"""What runs the examples and checks what they sent: Python's standard library only."""
