"""What to label first: pictures that stand for many others, and no picture twice."""
