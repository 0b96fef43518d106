"""Bringing an app folder to Jetsons and servers by ssh: looked at, copied, built, tried, switched.

None of this has run on hardware: a real ssh client and server, and the CPU twin in the place of
``deepstream-app``, stood in for it.
"""
