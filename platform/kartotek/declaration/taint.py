"""x"""
def with_readers(drafts, types): return types
