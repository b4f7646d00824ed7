"""Faults that can be measured in a recording of speech without listening to it.

Takes, recordings of others and the reports on models are all checked with these. Each function returns findings, none if all is well.
"""
