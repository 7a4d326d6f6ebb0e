"""Data sets under the names of the book's package ``dataset``: `spiral`, `sequence`, `ptb`. Nothing is downloaded.

`sequence` makes its files, with the same kind of lines as the book's; a file of the same name beside the script, or in a folder ``dataset`` there or one
folder up, is read instead. `ptb` reads the files of the Penn Treebank where you have put them.
"""
