//! A disk of our own in a file, so that the power can be cut: what the file holds at a moment is
//! what a real disk would. Pages that only the system's memory has are not in it.
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) struct Disk {
    image: PathBuf,
    mounted: PathBuf,
}

impl Disk {
    /// A new disk, mounted. Fails where one may not mount or there is no loop device.
    pub(crate) fn create(folder: &Path) -> Result<Self, String> {
        let image = folder.join("disk-0.img");
        let file = std::fs::File::create(&image).map_err(|error| error.to_string())?;
        file.set_len(1 << 30).map_err(|error| error.to_string())?;
        run("mkfs.ext4", &["-q", "-F", "-m", "0", text(&image)])?;
        Self::mount(image, folder.join("mounted-0"))
    }

    fn mount(image: PathBuf, mounted: PathBuf) -> Result<Self, String> {
        std::fs::create_dir(&mounted).map_err(|error| error.to_string())?;
        // Nothing but fsync writes the journal, so that the image holds still while it is copied.
        run(
            "mount",
            &["-o", "loop,commit=300", text(&image), text(&mounted)],
        )?;
        Ok(Self { image, mounted })
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.mounted.join("data")
    }

    /// Takes all the free space at once; gives it back when dropped.
    pub(crate) fn fill(&self) -> Filler {
        let path = self.mounted.join("filler");
        let free = Command::new("stat")
            .args(["-f", "-c", "%a %S", text(&self.mounted)])
            .output();
        let free = String::from_utf8(free.expect("stat runs").stdout).expect("numbers are text");
        let numbers: Vec<u64> = free
            .split_whitespace()
            .filter_map(|number| number.parse().ok())
            .collect();
        let [blocks, size] = numbers[..] else {
            panic!("stat says {free}");
        };
        // Others write meanwhile: by and by less, until nothing is left.
        let mut piece = blocks * size;
        let mut length = 0;
        while piece >= size {
            let end = (length + piece).to_string();
            if run("fallocate", &["-l", &end, text(&path)]).is_ok() {
                length += piece;
            } else {
                piece /= 2;
            }
        }
        Filler(path)
    }

    /// What is on the disk at this moment. Who writes to it must be frozen.
    pub(crate) fn copy(&self, number: u64) -> PathBuf {
        let copy = self.image.with_file_name(format!("disk-{number}.img"));
        run("cp", &["--sparse=always", text(&self.image), text(&copy)]).expect("a copy");
        copy
    }

    /// The power comes back: the copy is the disk now, and this one is thrown away.
    pub(crate) fn power_on(self, copy: PathBuf) -> Self {
        let name = copy.with_extension("mounted");
        drop(self);
        Self::mount(copy, name).expect("the disk can be mounted after the cut")
    }
}

/// A file in the way.
pub(crate) struct Filler(PathBuf);

impl Drop for Filler {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).expect("the filler is ours");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(run("umount", &[text(&self.mounted)]));
        drop(std::fs::remove_file(&self.image));
    }
}

/// For machines without loop devices: a copy of the data folder whose newest log ends where it
/// ended before the load, as if the system had written nothing of it since.
pub(crate) fn copy_with_cut_log(data: &Path, copy: &Path, log: &Path, length: u64) {
    run("cp", &["-r", text(data), text(copy)]).expect("a copy");
    let name = log
        .strip_prefix(data)
        .expect("the log is in the data folder");
    let cut = std::fs::OpenOptions::new()
        .write(true)
        .open(copy.join(name));
    cut.and_then(|file| file.set_len(length))
        .expect("the log can be cut");
}

/// The newest log of RocksDB and its length.
pub(crate) fn newest_log(data: &Path) -> (PathBuf, u64) {
    let files = std::fs::read_dir(data.join("rocks"))
        .expect("the folder is there")
        .flatten();
    let logs = files.filter(|file| file.path().extension().is_some_and(|end| end == "log"));
    let newest = logs
        .max_by_key(std::fs::DirEntry::file_name)
        .expect("RocksDB has a log");
    (newest.path(), newest.metadata().expect("it is there").len())
}

fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(program).args(arguments).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!(
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    ))
}

fn text(path: &Path) -> &str {
    path.to_str().expect("temporary folders have plain names")
}
