"""The torture harness: real workers, real servers, and everything that can go wrong, until nothing is left in doubt.

See README.md beside this file. Run it with ./dev torture --kills 500 --seed 7.
"""
