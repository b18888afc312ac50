#include "chunk_memory.h"

#include <dlfcn.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>

#include "values.h"

namespace packet_io {
namespace {

constexpr size_t kPageBytes = 4096;
constexpr double kMaxChunkBytes = 64 << 20;
constexpr size_t kDigestBytes = 32;

// Of <openssl/evp.h>, looked up as those of the cipher are.
struct Digests {
    const void* (*sha256)();
    int (*digest)(const void* data, size_t bytes, uint8_t* out, unsigned* out_bytes, const void* type, void* engine);
};

const Digests& Functions() {
    static const Digests digests = {
        reinterpret_cast<const void* (*)()>(dlsym(RTLD_DEFAULT, "EVP_sha256")),
        reinterpret_cast<int (*)(const void*, size_t, uint8_t*, unsigned*, const void*, void*)>(
            dlsym(RTLD_DEFAULT, "EVP_Digest"))};
    return digests;
}

struct Memory {
    Memory(uint8_t* data, size_t bytes) : data(data), bytes(bytes) {}
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    ~Memory() { std::free(data); }

    uint8_t* const data;
    const size_t bytes;
};

// What allocate() has given out, by where it begins. JavaScript may give an array away or drop it at any time; who
// works on it in another thread keeps the memory itself.
class Registry {
public:
    static Registry& Get() {
        // never destroyed: threads may end after it would be
        static Registry* const registry = new Registry;
        return *registry;
    }

    void Add(const std::shared_ptr<Memory>& memory) {
        const std::lock_guard<std::mutex> lock(mutex_);
        known_[memory->data] = memory;
    }

    void Remove(const uint8_t* data) {
        const std::lock_guard<std::mutex> lock(mutex_);
        known_.erase(data);
    }

    // The memory that [data, data + bytes) is part of; none when it is not wholly ours.
    std::shared_ptr<Memory> Find(const uint8_t* data, size_t bytes) {
        const std::lock_guard<std::mutex> lock(mutex_);
        auto after = known_.upper_bound(data);
        if (after == known_.begin()) {
            return nullptr;
        }
        const std::shared_ptr<Memory>& memory = std::prev(after)->second;
        const size_t at = static_cast<size_t>(data - memory->data);
        return at <= memory->bytes && bytes <= memory->bytes - at ? memory : nullptr;
    }

private:
    std::mutex mutex_;
    std::map<const uint8_t*, std::shared_ptr<Memory>> known_;
};

// allocate(bytes): Uint8Array: whole pages, of arbitrary content.
napi_value Allocate(napi_env env, napi_callback_info info) {
    size_t count = 1;
    napi_value argument = nullptr;
    double bytes = 0;
    if (napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr) != napi_ok ||
        !ReadInteger(env, argument, 1, kMaxChunkBytes, &bytes)) {
        ThrowText(env, "expected a number of bytes");
        return nullptr;
    }
    const size_t wanted = static_cast<size_t>(bytes);
    const size_t pages = (wanted + kPageBytes - 1) / kPageBytes;
    void* const data = std::aligned_alloc(kPageBytes, pages * kPageBytes);
    if (data == nullptr) {
        return ThrowErrno(env, ENOMEM);
    }
    const std::shared_ptr<Memory> memory = std::make_shared<Memory>(static_cast<uint8_t*>(data), wanted);
    Registry::Get().Add(memory);
    const napi_finalize finalize = [](napi_env, void* freed, void*) {
        Registry::Get().Remove(static_cast<const uint8_t*>(freed));
    };
    napi_value buffer = nullptr;
    napi_value array = nullptr;
    if (napi_create_external_arraybuffer(env, data, wanted, finalize, nullptr, &buffer) != napi_ok) {
        Registry::Get().Remove(memory->data);
        ThrowText(env, "this program keeps its memory to itself");
        return nullptr;
    }
    napi_create_typedarray(env, napi_uint8_array, wanted, buffer, 0, &array);
    return array;
}

// One digest under way.
struct Job {
    std::shared_ptr<Memory> memory;
    const uint8_t* data = nullptr;
    size_t bytes = 0;
    uint8_t digest[kDigestBytes] = {};
    bool is_done = false;
    napi_async_work work = nullptr;
    napi_deferred deferred = nullptr;
};

void Execute(napi_env, void* data) {
    Job* const job = static_cast<Job*>(data);
    unsigned written = 0;
    job->is_done =
        Functions().digest(job->data, job->bytes, job->digest, &written, Functions().sha256(), nullptr) == 1 &&
        written == kDigestBytes;
}

void Complete(napi_env env, napi_status status, void* data) {
    const std::unique_ptr<Job> job(static_cast<Job*>(data));
    napi_value buffer = nullptr;
    napi_value array = nullptr;
    void* bytes = nullptr;
    if (status == napi_ok && job->is_done &&
        napi_create_arraybuffer(env, kDigestBytes, &bytes, &buffer) == napi_ok &&
        napi_create_typedarray(env, napi_uint8_array, kDigestBytes, buffer, 0, &array) == napi_ok) {
        memcpy(bytes, job->digest, kDigestBytes);
        napi_resolve_deferred(env, job->deferred, array);
    } else {
        napi_value text = nullptr;
        napi_value error = nullptr;
        napi_create_string_utf8(env, "no digest", NAPI_AUTO_LENGTH, &text);
        napi_create_error(env, nullptr, text, &error);
        napi_reject_deferred(env, job->deferred, error);
    }
    napi_delete_async_work(env, job->work);
}

// sha256(bytes: Uint8Array): Promise<Uint8Array>, in a thread of libuv's pool. `bytes` lies in what allocate() gave.
napi_value Sha256(napi_env env, napi_callback_info info) {
    size_t count = 1;
    napi_value argument = nullptr;
    Bytes bytes;
    std::unique_ptr<Job> job(new Job);
    if (napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr) != napi_ok ||
        !ReadUint8s(env, argument, &bytes) || bytes.length == 0) {
        ThrowText(env, "expected bytes");
        return nullptr;
    }
    job->memory = Registry::Get().Find(bytes.data, bytes.length);
    if (job->memory == nullptr) {
        ThrowText(env, "expected bytes of allocate()");
        return nullptr;
    }
    job->data = bytes.data;
    job->bytes = bytes.length;
    napi_value name = nullptr;
    napi_value promise = nullptr;
    if (napi_create_string_utf8(env, "connect_sha256", NAPI_AUTO_LENGTH, &name) != napi_ok ||
        napi_create_async_work(env, nullptr, name, Execute, Complete, job.get(), &job->work) != napi_ok ||
        napi_create_promise(env, &job->deferred, &promise) != napi_ok ||
        napi_queue_async_work(env, job->work) != napi_ok) {
        if (job->work != nullptr) {
            napi_delete_async_work(env, job->work);
        }
        ThrowText(env, "no thread for it");
        return nullptr;
    }
    // Complete deletes it
    job.release();
    return promise;
}

}  // namespace

bool DefineChunkMemory(napi_env env, napi_value exports) {
    if (Functions().sha256 == nullptr || Functions().digest == nullptr) {
        return false;
    }
    const napi_property_descriptor functions[] = {
        {"allocate", nullptr, Allocate, nullptr, nullptr, nullptr, napi_default, nullptr},
        {"sha256", nullptr, Sha256, nullptr, nullptr, nullptr, napi_default, nullptr},
    };
    return napi_define_properties(env, exports, sizeof(functions) / sizeof(functions[0]), functions) == napi_ok;
}

}  // namespace packet_io
