"""The web server: routes under /v1/, events over server-sent events, and the built web app.

One process over one workspace. Decoding happens in two child processes (`pixels`); whatever takes
long is a run of its own, started through `engine`.
"""
