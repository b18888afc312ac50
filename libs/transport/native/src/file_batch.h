// Work on many files of one folder in one go. No Node in here: it runs on any thread, and never throws.
#ifndef CONNECT_FILE_BATCH_H_
#define CONNECT_FILE_BATCH_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace packet_io {

// Facts about one entry, as cells of a row: error (an errno, or 0), mode, size, mtime, atime and birth in ns, inode,
// device, uid, gid, bytes that take up space. After an error the other cells mean nothing.
constexpr size_t kFactColumns = 11;
using Row = int64_t[kFactColumns];

// The most files that one call takes.
constexpr size_t kMaxFiles = 4096;

// For the time at which a file is made.
constexpr int64_t kNow = std::numeric_limits<int64_t>::min();

struct FolderListing {
    std::string names;  // each with a byte 0 behind it
    std::vector<int64_t> rows;
    size_t count = 0;
};

struct NewFile {
    std::string name;
    const uint8_t* content = nullptr;
    size_t length = 0;
    uint32_t mode = 0;
    int64_t mtime_ns = 0;
    int64_t atime_ns = kNow;
};

// A file without content, which is made under the name it keeps.
struct EmptyFile {
    const char* name = nullptr;
    uint32_t mode = 0;
    int64_t mtime_ns = 0;
};

struct Renaming {
    std::string from;
    std::string to;
    // the file that is meant: another one at `from` is as good as none, ENOENT
    int64_t inode = 0;
    int64_t device = 0;
};

struct WrittenFile {
    std::string name;
    int64_t inode = 0;
    int64_t device = 0;
};

// Who a file is to belong to. kSame: whoever it belongs to.
constexpr int64_t kSame = -1;
struct Ownership {
    int64_t uid = kSame;
    int64_t gid = kSame;
};
constexpr int64_t kOwnerNotSet = 1;
constexpr int64_t kGroupNotSet = 2;

// The next entries of the open folder with their facts, links not followed; none at its end. 0 or an errno.
int ReadFolder(int folder, FolderListing* listing);

// Reads regular files of the folder whole: `size` bytes of each to `target`, one behind the other, and the facts after
// that; of an empty one the facts only. `quietly`: without changing the time of access, EPERM where that is not allowed. A file that has become shorter answers ENODATA, a link ELOOP, anything else that is no file EINVAL.
void ReadFiles(int folder, const std::vector<std::string>& names, const std::vector<size_t>& sizes, uint8_t* target,
               bool quietly, int64_t* rows);

// Makes files that do not exist yet, whole or not at all, and tells their facts.
void WriteFiles(int folder, const std::vector<NewFile>& files, int64_t* rows);

// Makes files without content that do not exist yet. Of one whose time cannot be set nothing is left.
void MakeEmptyFiles(int folder, const std::vector<EmptyFile>& files, int32_t* errors);

// Gives files of the folder other names in it; what has such a name is replaced.
void RenameFiles(int folder, const std::vector<Renaming>& files, int64_t* errors);

// Waits until the content of each file is on the disk; another file of its name is as good as none, ENOENT.
void SyncFiles(int folder, const std::vector<WrittenFile>& files, int64_t* errors);

// Gives files to others, through handles of their own. What could not be done of it, as a sum of the numbers above.
void OwnFiles(int folder, const std::vector<WrittenFile>& files, const std::vector<Ownership>& owners, int64_t* lost);

// The first range of [from, end) that holds data, as far as the file system tells; empty when there is none. 0 or an
// errno. Moves the position of the handle.
int FindData(int file, int64_t from, int64_t end, int64_t* data_start, int64_t* data_end);

}  // namespace packet_io

#endif  // CONNECT_FILE_BATCH_H_
