"""Labelled books, exact metrics and the scripts that train what is learned. Nothing here is read by the product when it runs.

Only the sample book's exports are used outside: `earned demo` reads them, never its labels.
"""
