"""Decoding pictures in resident child processes with limits on memory and time.

`pool` is the parent's side, `child` the process, `work` what it can do, `sources` how it reads.
"""
