// A UDP socket that moves many datagrams per system call. Nothing here blocks, and nothing knows JavaScript.
#ifndef CONNECT_UDP_SOCKET_H_
#define CONNECT_UDP_SOCKET_H_

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>

namespace packet_io {

// What a datagram can be at most, headers of IP and UDP included.
constexpr size_t kMaxDatagramBytes = 65535;
// Room for one received message. With GRO one message is a train of datagrams.
constexpr size_t kSlotBytes = 65536;
constexpr size_t kMaxSlots = 64;
// Of the kernel: datagrams in one message to send, and what all of them may be together, less the headers.
constexpr size_t kMaxTrainDatagrams = 64;
constexpr size_t kMaxTrainBytes = 65535 - 8 - 40;

struct Address {
    sockaddr_storage storage = {};
    socklen_t bytes = 0;

    // `text` is an IPv4 or IPv6 address. False when it is not.
    bool Set(const char* text, int port);
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    int family() const { return storage.ss_family; }
    int port() const;
    // As node:net writes it. False when there is none.
    bool Format(char* target, size_t target_bytes) const;
    bool operator==(const Address& other) const;
};

// Received into slot `index` of the ring: `bytes` in datagrams of `segment_bytes`, of which the last may be shorter.
struct Arrival {
    size_t bytes;
    size_t segment_bytes;
    Address from;
};

// What the kernel is able to do here.
struct Offloads {
    bool gso;
    bool gro;
};

class UdpSocket {
public:
    UdpSocket() = default;
    UdpSocket(const UdpSocket&) = delete;
    UdpSocket& operator=(const UdpSocket&) = delete;
    ~UdpSocket();

    static Offloads Probe();

    // These return 0, or the errno of what failed.
    int Bind(const Address& address, bool reuse_address);
    int Connect(const Address& peer);
    int GetLocalPort(int* port) const;
    void Close();

    int fd() const { return fd_; }
    bool is_open() const { return fd_ >= 0; }
    bool is_connected() const { return is_connected_; }

    // Sends `count` datagrams that lie one behind the other in `bytes`, of these lengths; to `to`, or to the peer the
    // socket is connected to. Returns how many are dealt with: fewer than `count` means that the system takes no more
    // now. Datagrams that it refuses for another reason are lost, and counted in `errors`.
    size_t Send(uint8_t* bytes, const int32_t* lengths, size_t count, const Address* to, uint64_t* errors);

    // Receives into `slots` <= kMaxSlots slots of kSlotBytes each, from `ring` on. Returns the number of messages. Who
    // sent them is told unless the socket is connected.
    size_t Receive(uint8_t* ring, size_t slots, Arrival* arrivals, uint64_t* errors);

    // Slots worth offering to Receive: while the kernel joins datagrams, a few hold as much as is wise to handle in one
    // go; else it takes many to be worth a call into JavaScript.
    size_t useful_slots() const { return is_joining_ ? 16 : kMaxSlots; }
    // Takes an error off the socket, so that it can be waited on again.
    bool TakeError();

private:
    size_t SendTrains(uint8_t* bytes, const int32_t* lengths, size_t count, const Address* to, uint64_t* errors,
                      bool* is_full);
    void EnlargeBuffers();

    int fd_ = -1;
    bool is_connected_ = false;
    // The last datagrams came joined.
    bool is_joining_ = false;
    // Datagrams of more than this go without GSO; 0 when the kernel does not know it.
    size_t gso_limit_ = 0;
};

}  // namespace packet_io

#endif  // CONNECT_UDP_SOCKET_H_
