#include "packet_cipher.h"

#include <dlfcn.h>

#include <cstring>

namespace packet_io {
namespace {

// Flag of the first byte: the session id follows the number.
constexpr uint8_t kLongFlag = 0x02;
// Where the low bytes of the number stand in the header, and what they distinguish.
constexpr size_t kNumberAt = 1;
constexpr size_t kNumberBytes = 3;
constexpr uint64_t kNumberSpan = uint64_t{1} << 24;
// Bytes of the nonce that the whole number is combined with.
constexpr size_t kCounterBytes = 6;

// Of <openssl/evp.h>; their values have not changed since 1.1.0.
constexpr int kSetIvLength = 0x9;
constexpr int kGetTag = 0x10;
constexpr int kSetTag = 0x11;

// The functions are looked up in the running program instead of being linked: whichever OpenSSL 3 it brings along is
// the right one, and a program without these functions only loses the addon.
struct Crypto {
    void* (*context_new)();
    void (*context_free)(void* context);
    int (*control)(void* context, int type, int argument, void* pointer);
    const void* (*aes_128_gcm)();
    const void* (*aes_256_gcm)();
    int (*init)(void* context, const void* cipher, void* engine, const uint8_t* key, const uint8_t* iv, int encrypts);
    int (*update)(void* context, uint8_t* out, int* out_bytes, const uint8_t* in, int in_bytes);
    int (*final)(void* context, uint8_t* out, int* out_bytes);
    bool is_complete;
};

template <typename Function>
bool Find(const char* name, Function* function) {
    *function = reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
    return *function != nullptr;
}

Crypto Load() {
    Crypto crypto{};
    crypto.is_complete = Find("EVP_CIPHER_CTX_new", &crypto.context_new) &&
                         Find("EVP_CIPHER_CTX_free", &crypto.context_free) &&
                         Find("EVP_CIPHER_CTX_ctrl", &crypto.control) &&
                         Find("EVP_aes_128_gcm", &crypto.aes_128_gcm) &&
                         Find("EVP_aes_256_gcm", &crypto.aes_256_gcm) && Find("EVP_CipherInit_ex", &crypto.init) &&
                         Find("EVP_CipherUpdate", &crypto.update) && Find("EVP_CipherFinal_ex", &crypto.final);
    return crypto;
}

const Crypto& Functions() {
    static const Crypto crypto = Load();
    return crypto;
}

void WriteNumber(uint8_t* target, size_t bytes, uint64_t number) {
    for (size_t at = bytes; at-- > 0; number >>= 8) {
        target[at] = static_cast<uint8_t>(number);
    }
}

// The number with these low bytes that is nearest to `expected`, always below kNumberLimit. RFC 9000, A.3.
uint64_t ReadNumber(const uint8_t* source, uint64_t expected) {
    uint64_t low = 0;
    for (size_t at = 0; at < kNumberBytes; at++) {
        low = low << 8 | source[at];
    }
    const uint64_t candidate = (expected & ~(kNumberSpan - 1)) | low;
    if (candidate + kNumberSpan / 2 <= expected && candidate < kNumberLimit - kNumberSpan) {
        return candidate + kNumberSpan;
    }
    if (candidate > expected + kNumberSpan / 2 && candidate >= kNumberSpan) {
        return candidate - kNumberSpan;
    }
    return candidate;
}

}  // namespace

bool PacketCipher::IsAvailable() {
    return Functions().is_complete;
}

PacketCipher::~PacketCipher() {
    if (context_ != nullptr) {
        Functions().context_free(context_);
    }
}

bool PacketCipher::Init(Direction direction, const uint8_t* key, size_t key_bytes, const uint8_t* iv,
                        const uint8_t* header, uint64_t expected) {
    const Crypto& crypto = Functions();
    if (context_ != nullptr || (key_bytes != 16 && key_bytes != 32)) {
        return false;
    }
    void* context = crypto.context_new();
    if (context == nullptr) {
        return false;
    }
    const void* cipher = key_bytes == 16 ? crypto.aes_128_gcm() : crypto.aes_256_gcm();
    const int encrypts = direction == Direction::kSeal ? 1 : 0;
    if (crypto.init(context, cipher, nullptr, nullptr, nullptr, encrypts) != 1 ||
        crypto.control(context, kSetIvLength, kIvBytes, nullptr) != 1 ||
        crypto.init(context, nullptr, nullptr, key, nullptr, encrypts) != 1) {
        crypto.context_free(context);
        return false;
    }
    context_ = context;
    memcpy(iv_, iv, kIvBytes);
    memcpy(header_, header, kLongHeaderBytes);
    expected_ = expected;
    return true;
}

bool PacketCipher::Begin(uint64_t number, const uint8_t* header, size_t header_bytes) {
    const Crypto& crypto = Functions();
    uint8_t counter[kCounterBytes];
    WriteNumber(counter, kCounterBytes, number);
    uint8_t nonce[kIvBytes];
    memcpy(nonce, iv_, kIvBytes);
    for (size_t at = 0; at < kCounterBytes; at++) {
        nonce[kIvBytes - kCounterBytes + at] ^= counter[at];
    }
    int written = 0;
    return crypto.init(context_, nullptr, nullptr, nullptr, nonce, -1) == 1 &&
           crypto.update(context_, nullptr, &written, header, static_cast<int>(header_bytes)) == 1;
}

bool PacketCipher::Seal(uint8_t* packet, size_t bytes, uint64_t number, bool is_long) {
    const Crypto& crypto = Functions();
    const size_t header_bytes = HeaderBytes(is_long);
    memcpy(packet, header_, header_bytes);
    packet[0] = is_long ? header_[0] : header_[0] ^ kLongFlag;
    WriteNumber(packet + kNumberAt, kNumberBytes, number);
    uint8_t* const text = packet + header_bytes;
    uint8_t* const tag = packet + bytes - kTagBytes;
    int written = 0;
    return Begin(number, packet, header_bytes) &&
           crypto.update(context_, text, &written, text, static_cast<int>(tag - text)) == 1 &&
           crypto.final(context_, tag, &written) == 1 && crypto.control(context_, kGetTag, kTagBytes, tag) == 1;
}

bool PacketCipher::Open(uint8_t* packet, size_t bytes, uint64_t* number, size_t* header_bytes) {
    const Crypto& crypto = Functions();
    if (bytes < kShortHeaderBytes + kTagBytes) {
        return false;
    }
    const bool is_long = packet[0] == header_[0];
    if (is_long ? bytes < kLongHeaderBytes + kTagBytes ||
                      memcmp(packet + kShortHeaderBytes, header_ + kShortHeaderBytes,
                             kLongHeaderBytes - kShortHeaderBytes) != 0
                : packet[0] != (header_[0] ^ kLongFlag)) {
        return false;
    }
    *header_bytes = HeaderBytes(is_long);
    *number = ReadNumber(packet + kNumberAt, expected_);
    uint8_t* const text = packet + *header_bytes;
    uint8_t* const tag = packet + bytes - kTagBytes;
    int written = 0;
    if (!Begin(*number, packet, *header_bytes) || crypto.control(context_, kSetTag, kTagBytes, tag) != 1 ||
        crypto.update(context_, text, &written, text, static_cast<int>(tag - text)) != 1 ||
        crypto.final(context_, tag, &written) != 1) {
        return false;
    }
    if (*number >= expected_) {
        expected_ = *number == kNumberLimit - 1 ? *number : *number + 1;
    }
    return true;
}

}  // namespace packet_io
