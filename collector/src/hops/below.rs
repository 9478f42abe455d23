//! Who is directly below whom, in two lists instead of one for each.

pub(super) struct Below {
    all: Vec<usize>,
    /// Where the children of each begin in `all`; one more than there are parents.
    from: Vec<usize>,
}

impl Below {
    /// Of the numbers below `count`; children are in rising order.
    pub(super) fn of(count: usize, parent: impl Fn(usize) -> Option<usize>) -> Self {
        let mut from = vec![0; count + 1];
        for child in 0..count {
            if let Some(parent) = parent(child) {
                from[parent + 1] += 1;
            }
        }
        for number in 0..count {
            from[number + 1] += from[number];
        }
        let mut all = vec![0; from[count]];
        let mut free = from.clone();
        for child in 0..count {
            if let Some(parent) = parent(child) {
                all[free[parent]] = child;
                free[parent] += 1;
            }
        }
        Self { all, from }
    }

    /// All children, and where those of each begin.
    pub(super) fn into_lists(self) -> (Vec<usize>, Vec<usize>) {
        (self.all, self.from)
    }

    pub(super) fn children(&self, parent: usize) -> &[usize] {
        &self.all[self.from[parent]..self.from[parent + 1]]
    }

    pub(super) fn children_mut(&mut self, parent: usize) -> &mut [usize] {
        &mut self.all[self.from[parent]..self.from[parent + 1]]
    }
}
