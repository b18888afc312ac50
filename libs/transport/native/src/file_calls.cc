#include "file_calls.h"

#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <climits>
#include <cmath>
#include <cstring>
#include <memory>

#include "file_batch.h"
#include "values.h"

namespace packet_io {
namespace {

constexpr size_t kMaxArguments = 5;
constexpr size_t kMaxNameBytes = 4096;
constexpr double kMaxPosition = 9007199254740991.0;

// One call: its arguments, copied, and what came of it. JavaScript gets what Answer makes once Run is over.
class Job {
  public:
    virtual ~Job() = default;
    // An errno that fails the whole call, or 0. On another thread.
    virtual int Run() = 0;
    virtual napi_value Answer(napi_env env) = 0;

    // The promise; nullptr when JavaScript has been told why there is none. `held`: what the job works on, as with the
    // functions of node:fs: it stays alive, and the caller neither changes nor transfers it before the promise settles.
    static napi_value Start(napi_env env, std::unique_ptr<Job> job, napi_value held = nullptr) {
        napi_value promise = nullptr;
        napi_value name = nullptr;
        if ((held != nullptr && napi_create_reference(env, held, 1, &job->held_) != napi_ok) ||
            napi_create_string_utf8(env, "connect files", NAPI_AUTO_LENGTH, &name) != napi_ok ||
            napi_create_promise(env, &job->deferred_, &promise) != napi_ok ||
            napi_create_async_work(env, nullptr, name, Execute, Complete, job.get(), &job->work_) != napi_ok ||
            napi_queue_async_work(env, job->work_) != napi_ok) {
            job->Release(env);
            return ThrowErrno(env, ENOMEM);
        }
        // from here on Complete owns it
        job.release();
        return promise;
    }

  private:
    static void Execute(napi_env, void* data) {
        Job* const job = static_cast<Job*>(data);
        job->error_ = job->Run();
    }

    static void Complete(napi_env env, napi_status status, void* data) {
        const std::unique_ptr<Job> job(static_cast<Job*>(data));
        const int error = status == napi_ok ? job->error_ : ECANCELED;
        napi_value value = error == 0 ? job->Answer(env) : nullptr;
        if (value != nullptr) {
            napi_resolve_deferred(env, job->deferred_, value);
        } else {
            napi_value code = nullptr;
            napi_value message = nullptr;
            const int told = error == 0 ? ENOMEM : error;
            napi_create_string_utf8(env, uv_err_name(-told), NAPI_AUTO_LENGTH, &code);
            napi_create_string_utf8(env, uv_strerror(-told), NAPI_AUTO_LENGTH, &message);
            napi_create_error(env, code, message, &value);
            napi_reject_deferred(env, job->deferred_, value);
        }
        job->Release(env);
    }

    void Release(napi_env env) {
        if (held_ != nullptr) {
            napi_delete_reference(env, held_);
        }
        if (work_ != nullptr) {
            napi_delete_async_work(env, work_);
        }
    }

    napi_ref held_ = nullptr;
    napi_deferred deferred_ = nullptr;
    napi_async_work work_ = nullptr;
    int error_ = 0;
};

napi_value NewRows(napi_env env, const std::vector<int64_t>& rows) {
    napi_value buffer = nullptr;
    napi_value array = nullptr;
    void* data = nullptr;
    if (napi_create_arraybuffer(env, rows.size() * sizeof(int64_t), &data, &buffer) != napi_ok ||
        napi_create_typedarray(env, napi_bigint64_array, rows.size(), buffer, 0, &array) != napi_ok) {
        return nullptr;
    }
    if (!rows.empty()) {
        std::memcpy(data, rows.data(), rows.size() * sizeof(int64_t));
    }
    return array;
}

napi_value NewPair(napi_env env, napi_value first, napi_value second) {
    napi_value pair = nullptr;
    if (first == nullptr || second == nullptr || napi_create_array_with_length(env, 2, &pair) != napi_ok ||
        napi_set_element(env, pair, 0, first) != napi_ok || napi_set_element(env, pair, 1, second) != napi_ok) {
        return nullptr;
    }
    return pair;
}

bool ReadHandle(napi_env env, napi_value value, int* handle) {
    double number = 0;
    if (!ReadInteger(env, value, 0, INT_MAX, &number)) {
        return false;
    }
    *handle = static_cast<int>(number);
    return true;
}

// A plain name of an entry: anything else might lead elsewhere.
bool IsPlainName(const char* name, size_t length) {
    const bool is_dots = name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.'));
    return length > 0 && length <= kMaxNameBytes && !is_dots && std::memchr(name, '/', length) == nullptr;
}

// Names with a byte 0 behind each, which stand as they are in `bytes`. False when one is no plain name, or there are
// more than `most`.
bool SplitNames(const Bytes& bytes, size_t most, std::vector<const char*>* names) {
    const char* const data = reinterpret_cast<const char*>(bytes.data);
    for (size_t at = 0; at < bytes.length;) {
        const void* const end = std::memchr(data + at, 0, bytes.length - at);
        if (end == nullptr || names->size() == most) {
            return false;
        }
        const size_t length = static_cast<size_t>(static_cast<const char*>(end) - data) - at;
        if (!IsPlainName(data + at, length)) {
            return false;
        }
        names->push_back(data + at);
        at += length + 1;
    }
    return true;
}

// As SplitNames, copied one by one.
bool ReadNames(napi_env env, napi_value value, std::vector<std::string>* names) {
    Bytes bytes;
    std::vector<const char*> views;
    if (!ReadUint8s(env, value, &bytes) || !SplitNames(bytes, 2 * kMaxFiles, &views)) {
        return false;
    }
    names->assign(views.begin(), views.end());
    return true;
}

bool ReadInt64s(napi_env env, napi_value value, std::vector<int64_t>* numbers) {
    Bytes bytes;
    if (!ReadBytes(env, value, napi_bigint64_array, sizeof(int64_t), &bytes) ||
        bytes.length > kMaxFiles * kFactColumns * sizeof(int64_t)) {
        return false;
    }
    numbers->resize(bytes.length / sizeof(int64_t));
    if (bytes.length > 0) {
        std::memcpy(numbers->data(), bytes.data, bytes.length);
    }
    return true;
}

// Arguments that were not given count as undefined.
bool IsUndefined(napi_env env, napi_value value) {
    napi_valuetype type = napi_undefined;
    return value == nullptr || (napi_typeof(env, value, &type) == napi_ok && type == napi_undefined);
}

bool ReadArguments(napi_env env, napi_callback_info info, napi_value* arguments) {
    size_t count = kMaxArguments;
    return napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr) == napi_ok;
}

// What calls about files that exist are given: the folder, `names_each` names of each, and inode and device of what is
// meant.
struct MeantFiles {
    int folder = -1;
    std::vector<std::string> names;
    std::vector<int64_t> identities;
    size_t count() const { return identities.size() / 2; }
};

bool ReadMeantFiles(napi_env env, napi_callback_info info, size_t names_each, MeantFiles* meant) {
    napi_value arguments[kMaxArguments] = {};
    return ReadArguments(env, info, arguments) && ReadHandle(env, arguments[0], &meant->folder) &&
           ReadNames(env, arguments[1], &meant->names) && ReadInt64s(env, arguments[2], &meant->identities) &&
           meant->identities.size() % 2 == 0 && meant->names.size() == names_each * meant->count() &&
           meant->count() <= kMaxFiles;
}

class ListingJob : public Job {
  public:
    explicit ListingJob(int folder) : folder_(folder) {}
    int Run() override { return ReadFolder(folder_, &listing_); }
    napi_value Answer(napi_env env) override {
        napi_value names = nullptr;
        if (napi_create_buffer_copy(env, listing_.names.size(), listing_.names.data(), nullptr, &names) != napi_ok) {
            return nullptr;
        }
        return NewPair(env, names, NewRows(env, listing_.rows));
    }

  private:
    const int folder_;
    FolderListing listing_;
};

// readFolder(folder: number): Promise<[names: Buffer, rows: BigInt64Array]>: the next entries; none at the end.
napi_value CallReadFolder(napi_env env, napi_callback_info info) {
    napi_value arguments[kMaxArguments] = {};
    int folder = -1;
    if (!ReadArguments(env, info, arguments) || !ReadHandle(env, arguments[0], &folder)) {
        ThrowText(env, "expected a folder");
        return nullptr;
    }
    return Job::Start(env, std::unique_ptr<Job>(new ListingJob(folder)));
}

class ReadingJob : public Job {
  public:
    ReadingJob(int folder, std::vector<std::string> names, std::vector<size_t> sizes, uint8_t* target, bool quietly)
        : folder_(folder), names_(std::move(names)), sizes_(std::move(sizes)), target_(target), quietly_(quietly),
          rows_(names_.size() * kFactColumns) {}
    int Run() override {
        ReadFiles(folder_, names_, sizes_, target_, quietly_, rows_.data());
        return 0;
    }
    napi_value Answer(napi_env env) override { return NewRows(env, rows_); }

  private:
    const int folder_;
    const std::vector<std::string> names_;
    const std::vector<size_t> sizes_;
    uint8_t* const target_;
    const bool quietly_;
    std::vector<int64_t> rows_;
};

// readFiles(folder: number, names: Uint8Array, sizes: BigInt64Array, target: Uint8Array, quietly?: boolean):
// Promise<BigInt64Array>. The files fill the target one behind the other. `quietly`: their times of access stay.
napi_value CallReadFiles(napi_env env, napi_callback_info info) {
    napi_value arguments[kMaxArguments] = {};
    int folder = -1;
    std::vector<std::string> names;
    std::vector<int64_t> numbers;
    Bytes target;
    bool fits = ReadArguments(env, info, arguments) && ReadHandle(env, arguments[0], &folder) &&
                ReadNames(env, arguments[1], &names) && ReadInt64s(env, arguments[2], &numbers) &&
                ReadUint8s(env, arguments[3], &target) && names.size() == numbers.size() && names.size() <= kMaxFiles;
    std::vector<size_t> sizes;
    size_t total = 0;
    for (size_t i = 0; fits && i < numbers.size(); i++) {
        fits = numbers[i] >= 0 && static_cast<uint64_t>(numbers[i]) <= target.length - total;
        sizes.push_back(fits ? static_cast<size_t>(numbers[i]) : 0);
        total += sizes.back();
    }
    if (!fits) {
        ThrowText(env, "expected a folder, names of entries, their sizes and room for them");
        return nullptr;
    }
    bool quietly = false;
    // anything but a boolean leaves it as it is
    napi_get_value_bool(env, arguments[4], &quietly);
    std::unique_ptr<Job> job(new ReadingJob(folder, std::move(names), std::move(sizes), target.data, quietly));
    return Job::Start(env, std::move(job), arguments[3]);
}

class WritingJob : public Job {
  public:
    WritingJob(int folder, std::vector<NewFile> files)
        : folder_(folder), files_(std::move(files)), rows_(files_.size() * kFactColumns) {}
    int Run() override {
        WriteFiles(folder_, files_, rows_.data());
        return 0;
    }
    napi_value Answer(napi_env env) override { return NewRows(env, rows_); }

  private:
    const int folder_;
    const std::vector<NewFile> files_;
    std::vector<int64_t> rows_;
};

bool ReadContents(napi_env env, napi_value array, std::vector<NewFile>* files) {
    uint32_t length = 0;
    bool is_array = false;
    if (napi_is_array(env, array, &is_array) != napi_ok || !is_array ||
        napi_get_array_length(env, array, &length) != napi_ok || length != files->size()) {
        return false;
    }
    for (uint32_t i = 0; i < length; i++) {
        napi_value item = nullptr;
        Bytes bytes;
        napi_handle_scope scope = nullptr;
        if (napi_open_handle_scope(env, &scope) != napi_ok) {
            return false;
        }
        const bool fits = napi_get_element(env, array, i, &item) == napi_ok && ReadUint8s(env, item, &bytes);
        if (fits) {
            (*files)[i].content = bytes.data;
            (*files)[i].length = bytes.length;
        }
        napi_close_handle_scope(env, scope);
        if (!fits) {
            return false;
        }
    }
    return true;
}

// writeFiles(folder: number, names: Uint8Array, facts: BigInt64Array, contents: Uint8Array[], accessTimes?:
// BigInt64Array): Promise<BigInt64Array>. `facts`: mode and mtime in ns of each; `accessTimes`: atime in ns. The array of contents is not to be changed before the promise settles either.
napi_value CallWriteFiles(napi_env env, napi_callback_info info) {
    napi_value arguments[kMaxArguments] = {};
    int folder = -1;
    std::vector<std::string> names;
    std::vector<int64_t> facts;
    bool fits = ReadArguments(env, info, arguments) && ReadHandle(env, arguments[0], &folder) &&
                ReadNames(env, arguments[1], &names) && ReadInt64s(env, arguments[2], &facts) &&
                names.size() * 2 == facts.size() && names.size() <= kMaxFiles;
    std::vector<int64_t> access_times;
    if (fits && !IsUndefined(env, arguments[4])) {
        fits = ReadInt64s(env, arguments[4], &access_times) && access_times.size() == names.size();
    }
    std::vector<NewFile> files(fits ? names.size() : 0);
    for (size_t i = 0; i < files.size(); i++) {
        files[i].name = std::move(names[i]);
        files[i].mode = static_cast<uint32_t>(facts[i * 2] & 0777);
        files[i].mtime_ns = facts[i * 2 + 1];
        files[i].atime_ns = access_times.empty() ? kNow : access_times[i];
    }
    if (!fits || !ReadContents(env, arguments[3], &files)) {
        ThrowText(env, "expected a folder, names of entries, their facts and contents");
        return nullptr;
    }
    return Job::Start(env, std::unique_ptr<Job>(new WritingJob(folder, std::move(files))), arguments[3]);
}

class EmptyFilesJob : public Job {
  public:
    // Names and facts as JavaScript gives them; the names are copied.
    bool Read(napi_env env, const napi_value* arguments) {
        Bytes bytes;
        Bytes modes;
        std::vector<int64_t> mtimes;
        if (!ReadHandle(env, arguments[0], &folder_) || !ReadUint8s(env, arguments[1], &bytes) ||
            !ReadInt64s(env, arguments[2], &mtimes) ||
            !ReadBytes(env, arguments[3], napi_uint16_array, sizeof(uint16_t), &modes) ||
            modes.length != mtimes.size() * sizeof(uint16_t)) {
            return false;
        }
        names_.assign(bytes.data, bytes.data + bytes.length);
        std::vector<const char*> views;
        views.reserve(mtimes.size());
        if (!SplitNames(Bytes{names_.data(), names_.size()}, kMaxFiles, &views) || views.size() != mtimes.size()) {
            return false;
        }
        files_.resize(views.size());
        for (size_t i = 0; i < views.size(); i++) {
            files_[i].name = views[i];
            uint16_t mode = 0;
            std::memcpy(&mode, modes.data + i * sizeof(mode), sizeof(mode));
            files_[i].mode = mode;
            files_[i].mtime_ns = mtimes[i];
        }
        errors_.resize(files_.size());
        return true;
    }
    int Run() override {
        MakeEmptyFiles(folder_, files_, errors_.data());
        return 0;
    }
    napi_value Answer(napi_env env) override {
        napi_value buffer = nullptr;
        napi_value array = nullptr;
        void* data = nullptr;
        if (napi_create_arraybuffer(env, errors_.size() * sizeof(int32_t), &data, &buffer) != napi_ok ||
            napi_create_typedarray(env, napi_int32_array, errors_.size(), buffer, 0, &array) != napi_ok) {
            return nullptr;
        }
        if (!errors_.empty()) {
            std::memcpy(data, errors_.data(), errors_.size() * sizeof(int32_t));
        }
        return array;
    }

  private:
    int folder_ = -1;
    std::vector<uint8_t> names_;
    std::vector<EmptyFile> files_;
    std::vector<int32_t> errors_;
};

// makeEmptyFiles(folder: number, names: Uint8Array, mtimes: BigInt64Array, modes: Uint16Array):
// Promise<errors: Int32Array>. Times in ns.
napi_value CallMakeEmptyFiles(napi_env env, napi_callback_info info) {
    napi_value arguments[kMaxArguments] = {};
    std::unique_ptr<EmptyFilesJob> job(new EmptyFilesJob());
    if (!ReadArguments(env, info, arguments) || !job->Read(env, arguments)) {
        ThrowText(env, "expected a folder, names of entries, times and modes of each");
        return nullptr;
    }
    return Job::Start(env, std::move(job));
}

class RenamingJob : public Job {
  public:
    RenamingJob(int folder, std::vector<Renaming> files)
        : folder_(folder), files_(std::move(files)), errors_(files_.size()) {}
    int Run() override {
        RenameFiles(folder_, files_, errors_.data());
        return 0;
    }
    napi_value Answer(napi_env env) override { return NewRows(env, errors_); }

  private:
    const int folder_;
    const std::vector<Renaming> files_;
    std::vector<int64_t> errors_;
};

// renameFiles(folder: number, names: Uint8Array, identities: BigInt64Array): Promise<errors: BigInt64Array>. Two names
// for each, old and new, and inode and device of what is meant.
napi_value CallRenameFiles(napi_env env, napi_callback_info info) {
    MeantFiles meant;
    if (!ReadMeantFiles(env, info, 2, &meant)) {
        ThrowText(env, "expected a folder, pairs of names and identities");
        return nullptr;
    }
    std::vector<Renaming> files(meant.count());
    for (size_t i = 0; i < files.size(); i++) {
        files[i].from = std::move(meant.names[i * 2]);
        files[i].to = std::move(meant.names[i * 2 + 1]);
        files[i].inode = meant.identities[i * 2];
        files[i].device = meant.identities[i * 2 + 1];
    }
    return Job::Start(env, std::unique_ptr<Job>(new RenamingJob(meant.folder, std::move(files))));
}

class SyncFilesJob : public Job {
  public:
    SyncFilesJob(int folder, std::vector<WrittenFile> files)
        : folder_(folder), files_(std::move(files)), errors_(files_.size()) {}
    int Run() override {
        SyncFiles(folder_, files_, errors_.data());
        return 0;
    }
    napi_value Answer(napi_env env) override { return NewRows(env, errors_); }

  private:
    const int folder_;
    const std::vector<WrittenFile> files_;
    std::vector<int64_t> errors_;
};

// syncFiles(folder: number, names: Uint8Array, identities: BigInt64Array): Promise<errors: BigInt64Array>. Inode and
// device of what is meant for each.
napi_value CallSyncFiles(napi_env env, napi_callback_info info) {
    MeantFiles meant;
    if (!ReadMeantFiles(env, info, 1, &meant)) {
        ThrowText(env, "expected a folder, names and identities");
        return nullptr;
    }
    std::vector<WrittenFile> files(meant.count());
    for (size_t i = 0; i < files.size(); i++) {
        files[i].name = std::move(meant.names[i]);
        files[i].inode = meant.identities[i * 2];
        files[i].device = meant.identities[i * 2 + 1];
    }
    return Job::Start(env, std::unique_ptr<Job>(new SyncFilesJob(meant.folder, std::move(files))));
}

class OwningJob : public Job {
  public:
    OwningJob(int folder, std::vector<WrittenFile> files, std::vector<Ownership> owners)
        : folder_(folder), files_(std::move(files)), owners_(std::move(owners)), lost_(files_.size()) {}
    int Run() override {
        OwnFiles(folder_, files_, owners_, lost_.data());
        return 0;
    }
    napi_value Answer(napi_env env) override { return NewRows(env, lost_); }

  private:
    const int folder_;
    const std::vector<WrittenFile> files_;
    const std::vector<Ownership> owners_;
    std::vector<int64_t> lost_;
};

// ownFiles(folder: number, names: Uint8Array, identities: BigInt64Array, owners: BigInt64Array): Promise<lost:
// BigInt64Array>. Inode and device of what is meant, and uid and gid it gets, -1 for none, for each.
napi_value CallOwnFiles(napi_env env, napi_callback_info info) {
    napi_value arguments[kMaxArguments] = {};
    MeantFiles meant;
    std::vector<int64_t> numbers;
    bool fits = ReadMeantFiles(env, info, 1, &meant) && ReadArguments(env, info, arguments) &&
                ReadInt64s(env, arguments[3], &numbers) && numbers.size() == 2 * meant.count();
    for (size_t i = 0; fits && i < numbers.size(); i++) {
        fits = numbers[i] >= kSame && numbers[i] < UINT32_MAX;
    }
    if (!fits) {
        ThrowText(env, "expected a folder, names, identities and owners");
        return nullptr;
    }
    std::vector<WrittenFile> files(meant.count());
    std::vector<Ownership> owners(meant.count());
    for (size_t i = 0; i < files.size(); i++) {
        files[i].name = std::move(meant.names[i]);
        files[i].inode = meant.identities[i * 2];
        files[i].device = meant.identities[i * 2 + 1];
        owners[i].uid = numbers[i * 2];
        owners[i].gid = numbers[i * 2 + 1];
    }
    return Job::Start(env, std::unique_ptr<Job>(new OwningJob(meant.folder, std::move(files), std::move(owners))));
}

class SyncJob : public Job {
  public:
    explicit SyncJob(int handle) : handle_(handle) {}
    int Run() override { return syncfs(handle_) == 0 ? 0 : errno; }
    napi_value Answer(napi_env env) override { return Undefined(env); }

  private:
    const int handle_;
};

// syncFileSystem(handle: number): Promise<void>: all that was written to the file system it is on is on the disk.
napi_value CallSyncFileSystem(napi_env env, napi_callback_info info) {
    napi_value arguments[kMaxArguments] = {};
    int handle = -1;
    if (!ReadArguments(env, info, arguments) || !ReadHandle(env, arguments[0], &handle)) {
        ThrowText(env, "expected a file or folder");
        return nullptr;
    }
    return Job::Start(env, std::unique_ptr<Job>(new SyncJob(handle)));
}

class DataJob : public Job {
  public:
    DataJob(int file, int64_t from, int64_t end) : file_(file), from_(from), end_(end) {}
    int Run() override { return FindData(file_, from_, end_, &data_start_, &data_end_); }
    napi_value Answer(napi_env env) override {
        napi_value start = nullptr;
        napi_value end = nullptr;
        napi_create_int64(env, data_start_, &start);
        napi_create_int64(env, data_end_, &end);
        return NewPair(env, start, end);
    }

  private:
    const int file_;
    const int64_t from_;
    const int64_t end_;
    int64_t data_start_ = 0;
    int64_t data_end_ = 0;
};

// findData(file: number, from: number, end: number): Promise<[start: number, end: number]>: the first range with data.
napi_value CallFindData(napi_env env, napi_callback_info info) {
    napi_value arguments[kMaxArguments] = {};
    int file = -1;
    double from = 0;
    double end = 0;
    if (!ReadArguments(env, info, arguments) || !ReadHandle(env, arguments[0], &file) ||
        !ReadInteger(env, arguments[1], 0, kMaxPosition, &from) ||
        !ReadInteger(env, arguments[2], from, kMaxPosition, &end)) {
        ThrowText(env, "expected a file and a range");
        return nullptr;
    }
    return Job::Start(
        env, std::unique_ptr<Job>(new DataJob(file, static_cast<int64_t>(from), static_cast<int64_t>(end))));
}

}  // namespace

bool ExportFileCalls(napi_env env, napi_value exports) {
    const napi_property_descriptor functions[] = {
        {"readFolder", nullptr, CallReadFolder, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
        {"readFiles", nullptr, CallReadFiles, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
        {"writeFiles", nullptr, CallWriteFiles, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
        {"makeEmptyFiles", nullptr, CallMakeEmptyFiles, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
        {"renameFiles", nullptr, CallRenameFiles, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
        {"syncFiles", nullptr, CallSyncFiles, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
        {"ownFiles", nullptr, CallOwnFiles, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
        {"syncFileSystem", nullptr, CallSyncFileSystem, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
        {"findData", nullptr, CallFindData, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
    };
    return napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]), functions) == napi_ok;
}

}  // namespace packet_io
