"""Names and descriptions of drivers' settings in four languages; English is what drivers declare.

A key is the setting's own word, shared by drivers, or `KIND.SETTING` where one of them means something else by it.
"""
