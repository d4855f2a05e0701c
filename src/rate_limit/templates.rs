//! The routes of the requests whose path template comes from the caller
//! ([`Client::request`](crate::Client::request)).

/// How many templates a client remembers. A program that formats keys into its
/// templates has no end of them.
pub(super) const MAX_TEMPLATES: usize = 128;

/// Assigns a slot to each template.
#[derive(Default)]
pub(super) struct Templates {
    entries: Vec<Entry>,
    uses: u64,
}

struct Entry {
    /// The method and the template.
    name: Box<str>,
    last_use: u64,
}

/// The slot of a template.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) index: usize,
    /// Whether the slot belonged to no template or another one before.
    pub(super) is_new: bool,
}

impl Templates {
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.entries.iter().position(|entry| &*entry.name == name)
    }

    /// Returns the slot of a template. With all slots in use, a new template
    /// replaces the least recently used one without calls. If all have calls,
    /// it shares one more slot with all others like it.
    pub(super) fn slot(&mut self, name: &str, is_idle: impl Fn(usize) -> bool) -> Slot {
        self.uses += 1;
        let last_use = self.uses;
        if let Some(index) = self.find(name) {
            self.entries[index].last_use = last_use;
            return Slot {
                index,
                is_new: false,
            };
        }
        let entry = Entry {
            name: name.into(),
            last_use,
        };
        if self.entries.len() < MAX_TEMPLATES {
            self.entries.push(entry);
            return Slot {
                index: self.entries.len() - 1,
                is_new: true,
            };
        }
        let mut oldest: Option<(usize, u64)> = None;
        for (index, other) in self.entries.iter().enumerate() {
            let is_older = oldest.is_none_or(|(_, last_use)| other.last_use < last_use);
            if is_older && is_idle(index) {
                oldest = Some((index, other.last_use));
            }
        }
        match oldest {
            Some((index, _)) => {
                self.entries[index] = entry;
                Slot {
                    index,
                    is_new: true,
                }
            }
            None => Slot {
                index: MAX_TEMPLATES,
                is_new: false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(templates: &mut Templates, name: usize, is_idle: impl Fn(usize) -> bool) -> Slot {
        templates.slot(&format!("GET /{name}"), is_idle)
    }

    #[test]
    fn a_new_template_replaces_the_least_recently_used_idle_one() {
        let mut templates = Templates::default();
        let fresh = |index| Slot {
            index,
            is_new: true,
        };
        for name in 0..MAX_TEMPLATES {
            assert_eq!(slot(&mut templates, name, |_| true), fresh(name));
        }
        let used = slot(&mut templates, 0, |_| true);
        assert_eq!((used.index, used.is_new), (0, false));
        // 0 was just used, and 1 has calls.
        let busy = |index| index != 1;
        assert_eq!(slot(&mut templates, 1_000, busy), fresh(2));
        assert_eq!(templates.find("GET /2"), None);
        assert_eq!(templates.find("GET /1000"), Some(2));
        let shared = slot(&mut templates, 1_001, |_| false);
        assert_eq!((shared.index, shared.is_new), (MAX_TEMPLATES, false));
        assert_eq!(templates.entries.len(), MAX_TEMPLATES);
    }
}
