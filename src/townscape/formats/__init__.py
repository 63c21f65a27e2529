"""Exchange formats, one file each. A format turns files into labelled pictures and back; it
knows nothing of runs, and of the workspace only how to read pixels.
"""
