"""What the commands share: who asks and which run is meant, following a run, showing a result.

Commands parse, call one verb and print; what they print to is decided here. Everything
for people goes to standard error, everything asked for to standard output.
"""
