// Seals and opens single packets with AES-GCM: a header in clear, which is authenticated, then the text, then the tag.
// Format: docs/formats/transport.md, sections 2 and 3.
#ifndef CONNECT_PACKET_CIPHER_H_
#define CONNECT_PACKET_CIPHER_H_

#include <cstddef>
#include <cstdint>

namespace packet_io {

// Most packets have the short header; the long one ends with the session id.
constexpr size_t kShortHeaderBytes = 4;
constexpr size_t kLongHeaderBytes = 12;
constexpr size_t kTagBytes = 16;
constexpr size_t kIvBytes = 12;
// Numbers have 48 bits.
constexpr uint64_t kNumberLimit = uint64_t{1} << 48;

constexpr size_t HeaderBytes(bool is_long) {
    return is_long ? kLongHeaderBytes : kShortHeaderBytes;
}

// One direction of one session. The context of OpenSSL keeps the expanded key, so a packet costs a new nonce only.
class PacketCipher {
public:
    enum class Direction { kSeal, kOpen };

    // Whether this process brings along the functions of OpenSSL; without them nothing else here may be called.
    static bool IsAvailable();

    PacketCipher() = default;
    PacketCipher(const PacketCipher&) = delete;
    PacketCipher& operator=(const PacketCipher&) = delete;
    ~PacketCipher();

    // `key` has 16 or 32 bytes, `iv` kIvBytes; `header` is a long one (kLongHeaderBytes), of which the number does not
    // count. `expected` < kNumberLimit: a packet number that the next one to open is near. False when OpenSSL refuses.
    bool Init(Direction direction, const uint8_t* key, size_t key_bytes, const uint8_t* iv, const uint8_t* header,
              uint64_t expected);
    bool is_ready() const { return context_ != nullptr; }

    // `packet` has `bytes` >= HeaderBytes(is_long) + kTagBytes: writes the header, seals what lies between header and
    // tag in place, and writes the tag. `number` < kNumberLimit.
    bool Seal(uint8_t* packet, size_t bytes, uint64_t number, bool is_long);

    // Any bytes. True when they are an authentic packet of this session; its text is then in clear, in place, behind
    // `header_bytes`.
    bool Open(uint8_t* packet, size_t bytes, uint64_t* number, size_t* header_bytes);

private:
    bool Begin(uint64_t number, const uint8_t* header, size_t header_bytes);

    void* context_ = nullptr;
    uint8_t iv_[kIvBytes] = {};
    uint8_t header_[kLongHeaderBytes] = {};
    // One more than the highest number that opened.
    uint64_t expected_ = 0;
};

}  // namespace packet_io

#endif  // CONNECT_PACKET_CIPHER_H_
