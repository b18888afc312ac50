// A socket with its two ciphers on the event loop: seals and sends batches, receives and opens batches.
#ifndef CONNECT_PACKET_SOCKET_H_
#define CONNECT_PACKET_SOCKET_H_

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "packet_cipher.h"
#include "udp_socket.h"

namespace packet_io {

// What one opened packet takes in the table: position and length of its text in the ring, its number, and the slot
// its sender is remembered in, or -1 when it came from the peer.
constexpr size_t kColumns = 4;

// Where received packets are put. It is asked for again whenever foreign code has run, which may have taken it away.
struct ReceiveMemory {
    uint8_t* ring;
    size_t ring_bytes;
    double* table;
    size_t table_cells;
};

// Any of these may close the socket, but not delete it.
class PacketSocketListener {
public:
    virtual bool GetMemory(ReceiveMemory* memory) = 0;
    virtual void OnPackets(size_t count) = 0;
    virtual void OnWritable() = 0;

protected:
    ~PacketSocketListener() = default;
};

// Packets to send: how long each is with header and tag, its number, and whether it has the long header.
struct Batch {
    std::vector<int32_t> lengths;
    std::vector<uint64_t> numbers;
    std::vector<bool> are_long;
};

// Packets to make of one piece of memory; see PacketSocket::SendRun. None is larger than kMaxDatagramBytes.
struct Run {
    const uint8_t* heads;
    size_t head_bytes;
    const uint8_t* payload;
    size_t payload_bytes;
    size_t piece_bytes;
    uint64_t first_number;
};

struct Counters {
    uint64_t sent = 0;
    uint64_t opened = 0;
    uint64_t rejected = 0;
    uint64_t errors = 0;
};

class PacketSocket {
public:
    // Packets that wait inside when the system takes no more; beyond these, new ones are lost.
    static constexpr size_t kMaxBacklogBytes = 4 << 20;

    PacketSocket(uv_loop_t* loop, PacketSocketListener* listener) : loop_(loop), listener_(listener) {}
    PacketSocket(const PacketSocket&) = delete;
    PacketSocket& operator=(const PacketSocket&) = delete;
    ~PacketSocket() { Close(); }

    UdpSocket& socket() { return socket_; }
    PacketCipher& sealer() { return sealer_; }
    PacketCipher& opener() { return opener_; }
    const Counters& counters() const { return counters_; }
    bool is_started() const { return poll_ != nullptr; }

    // Packets go to it, and those from elsewhere are told apart. Not for a connected socket, where there is no elsewhere.
    void SetPeer(const Address& peer);
    // Begins to receive. 0, or an errno. After Bind, and Init of both ciphers.
    int Start();
    // Seals and sends packets that lie one behind the other, each with room for header and tag; checked by the caller.
    // True when nothing waits inside afterwards; OnWritable follows else.
    bool Send(uint8_t* bytes, const Batch& batch);
    // The same for packets with short headers, one for each `piece_bytes` of `payload`, behind `run.head_bytes` of
    // `run.heads`, which has so many for each of them.
    bool SendRun(const Run& run);
    // Who sent what is in the row of the table with this slot; only during OnPackets.
    const Address* sender(size_t slot) const { return slot < arrived_ ? &arrivals_[slot].from : nullptr; }
    void Close();

private:
    // Lives until libuv has let go of it, which may be after the socket.
    struct Poll {
        uv_poll_t handle;
        PacketSocket* owner;
    };

    static void OnPoll(uv_poll_t* handle, int status, int events);
    void Watch();
    void ReceiveTurn();
    size_t ReceiveBatch();
    bool SendSealed(uint8_t* bytes, const std::vector<int32_t>& lengths);
    void SendBacklog();
    void Keep(const uint8_t* bytes, const int32_t* lengths, size_t count);
    const Address* target() const { return has_peer_ ? &peer_ : nullptr; }

    uv_loop_t* const loop_;
    PacketSocketListener* const listener_;
    UdpSocket socket_;
    PacketCipher sealer_;
    PacketCipher opener_;
    Counters counters_;
    Poll* poll_ = nullptr;
    Address peer_;
    bool has_peer_ = false;
    bool is_receiving_ = false;
    // One train of packets that are made here.
    std::vector<uint8_t> train_;
    std::vector<uint8_t> backlog_;
    std::vector<int32_t> backlog_lengths_;
    Arrival arrivals_[kMaxSlots];
    size_t arrived_ = 0;
};

}  // namespace packet_io

#endif  // CONNECT_PACKET_SOCKET_H_
