"""What goes on paper: the page shell, charts, maps and pictures that every page is made of.

Pages are single HTML files: no scripts, no links to other files, so they open offline and print.
"""
