"""The shop: placeholder."""
class Shop:
    name = "shop"
    def __init__(self, known):
        pass
    def parts(self):
        return []
