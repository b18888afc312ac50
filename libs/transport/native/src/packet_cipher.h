// Seals and opens single packets with AES-GCM: 16 bytes in clear, which are authenticated, then the text, then the tag.
#ifndef CONNECT_PACKET_CIPHER_H_
#define CONNECT_PACKET_CIPHER_H_

#include <cstddef>
#include <cstdint>

namespace packet_io {

constexpr size_t kHeaderBytes = 16;
constexpr size_t kTagBytes = 16;
constexpr size_t kIvBytes = 12;
constexpr size_t kOverheadBytes = kHeaderBytes + kTagBytes;
// Numbers have 48 bits.
constexpr uint64_t kNumberLimit = uint64_t{1} << 48;

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

    // `key` has 16 or 32 bytes, `iv` kIvBytes; `header` (kHeaderBytes) is that of every packet, but for the number.
    // False when OpenSSL refuses.
    bool Init(Direction direction, const uint8_t* key, size_t key_bytes, const uint8_t* iv, const uint8_t* header);
    bool is_ready() const { return context_ != nullptr; }

    // `packet` has `bytes` >= kOverheadBytes: writes the header, seals what lies between header and tag in place, and
    // writes the tag. `number` < kNumberLimit.
    bool Seal(uint8_t* packet, size_t bytes, uint64_t number);

    // Any bytes. True when they are an authentic packet with this header; its text is then in clear, in place.
    bool Open(uint8_t* packet, size_t bytes, uint64_t* number);

private:
    bool Begin(uint64_t number, const uint8_t* header);

    void* context_ = nullptr;
    uint8_t iv_[kIvBytes] = {};
    uint8_t header_[kHeaderBytes] = {};
};

}  // namespace packet_io

#endif  // CONNECT_PACKET_CIPHER_H_
