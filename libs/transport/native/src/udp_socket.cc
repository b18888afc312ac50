#include "udp_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/udp.h>
#include <unistd.h>
#include <uv.h>

#include <cstdio>
#include <cstring>

// Older headers than the kernel are usual.
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace packet_io {
namespace {

constexpr size_t kMaxMessages = 64;
// The kernel cuts it to its own limit without a word.
constexpr int kBufferBytes = 8 << 20;

int SetInt(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof(value));
}

struct Train {
    size_t datagrams = 0;
    size_t bytes = 0;
};

// The datagrams that can go as one message: all of one size, but for a shorter last one.
Train NextTrain(const int32_t* lengths, size_t count, size_t gso_limit) {
    const size_t first = static_cast<size_t>(lengths[0]);
    Train train{1, first};
    if (first > gso_limit) {
        return train;
    }
    while (train.datagrams < count && train.datagrams < kMaxTrainDatagrams) {
        const size_t next = static_cast<size_t>(lengths[train.datagrams]);
        if (next > first || train.bytes + next > kMaxTrainBytes) {
            break;
        }
        train.datagrams += 1;
        train.bytes += next;
        if (next < first) {
            break;
        }
    }
    return train;
}

union SegmentControl {
    char bytes[CMSG_SPACE(sizeof(int))];
    cmsghdr align;
};

void SetSegment(msghdr* message, SegmentControl* control, uint16_t segment_bytes) {
    message->msg_control = control->bytes;
    message->msg_controllen = CMSG_SPACE(sizeof(uint16_t));
    cmsghdr* header = CMSG_FIRSTHDR(message);
    header->cmsg_level = IPPROTO_UDP;
    header->cmsg_type = UDP_SEGMENT;
    header->cmsg_len = CMSG_LEN(sizeof(uint16_t));
    memcpy(CMSG_DATA(header), &segment_bytes, sizeof(segment_bytes));
}

size_t ReadSegment(msghdr* message) {
    for (cmsghdr* header = CMSG_FIRSTHDR(message); header != nullptr; header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level == IPPROTO_UDP && header->cmsg_type == UDP_GRO &&
            header->cmsg_len >= CMSG_LEN(sizeof(int))) {
            int segment = 0;
            memcpy(&segment, CMSG_DATA(header), sizeof(segment));
            return segment > 0 ? static_cast<size_t>(segment) : 0;
        }
    }
    return 0;
}

}  // namespace

bool Address::Set(const char* text, int port) {
    storage = {};
    sockaddr_in* v4 = reinterpret_cast<sockaddr_in*>(&storage);
    sockaddr_in6* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
    if (uv_ip4_addr(text, port, v4) == 0) {
        bytes = sizeof(*v4);
        return true;
    }
    storage = {};
    bytes = sizeof(*v6);
    return uv_ip6_addr(text, port, v6) == 0;
}

int Address::port() const {
    return family() == AF_INET6 ? ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port)
                                : ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

bool Address::Format(char* target, size_t target_bytes) const {
    if (family() == AF_INET) {
        return uv_ip4_name(reinterpret_cast<const sockaddr_in*>(&storage), target, target_bytes) == 0;
    }
    const sockaddr_in6* v6 = reinterpret_cast<const sockaddr_in6*>(&storage);
    if (family() != AF_INET6 || uv_ip6_name(v6, target, target_bytes) != 0) {
        return false;
    }
    if (IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr) && v6->sin6_scope_id > 0) {
        const size_t used = strlen(target);
        char zone[IF_NAMESIZE];
        return if_indextoname(v6->sin6_scope_id, zone) != nullptr &&
               snprintf(target + used, target_bytes - used, "%%%s", zone) < static_cast<int>(target_bytes - used);
    }
    return true;
}

bool Address::operator==(const Address& other) const {
    if (family() != other.family() || port() != other.port()) {
        return false;
    }
    if (family() == AF_INET) {
        return reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr.s_addr ==
               reinterpret_cast<const sockaddr_in*>(&other.storage)->sin_addr.s_addr;
    }
    const sockaddr_in6* mine = reinterpret_cast<const sockaddr_in6*>(&storage);
    const sockaddr_in6* theirs = reinterpret_cast<const sockaddr_in6*>(&other.storage);
    return memcmp(&mine->sin6_addr, &theirs->sin6_addr, sizeof(in6_addr)) == 0 &&
           mine->sin6_scope_id == theirs->sin6_scope_id;
}

UdpSocket::~UdpSocket() {
    Close();
}

Offloads UdpSocket::Probe() {
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return {false, false};
    }
    const Offloads offloads{SetInt(fd, IPPROTO_UDP, UDP_SEGMENT, 1400) == 0, SetInt(fd, IPPROTO_UDP, UDP_GRO, 1) == 0};
    close(fd);
    return offloads;
}

int UdpSocket::Bind(const Address& address, bool reuse_address) {
    fd_ = socket(address.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) {
        return errno;
    }
    if ((reuse_address && SetInt(fd_, SOL_SOCKET, SO_REUSEADDR, 1) != 0) ||
        bind(fd_, address.get(), address.bytes) != 0) {
        const int error = errno;
        Close();
        return error;
    }
    // 0 leaves trains to each message; a kernel that does not know them refuses even that
    gso_limit_ = SetInt(fd_, IPPROTO_UDP, UDP_SEGMENT, 0) == 0 ? kMaxDatagramBytes : 0;
    // a kernel that does not know it gives datagrams singly
    static_cast<void>(SetInt(fd_, IPPROTO_UDP, UDP_GRO, 1));
    EnlargeBuffers();
    return 0;
}

// What the kernel does not grant leaves its default: slower, not wrong.
void UdpSocket::EnlargeBuffers() {
    static_cast<void>(SetInt(fd_, SOL_SOCKET, SO_RCVBUF, kBufferBytes));
    static_cast<void>(SetInt(fd_, SOL_SOCKET, SO_SNDBUF, kBufferBytes));
}

int UdpSocket::Connect(const Address& peer) {
    if (connect(fd_, peer.get(), peer.bytes) != 0) {
        return errno;
    }
    is_connected_ = true;
    return 0;
}

int UdpSocket::GetLocalPort(int* port) const {
    Address local;
    local.bytes = sizeof(local.storage);
    if (getsockname(fd_, reinterpret_cast<sockaddr*>(&local.storage), &local.bytes) != 0) {
        return errno;
    }
    *port = local.port();
    return 0;
}

void UdpSocket::Close() {
    if (fd_ >= 0) {
        close(fd_);
        fd_ = -1;
    }
}

bool UdpSocket::TakeError() {
    int error = 0;
    socklen_t bytes = sizeof(error);
    return getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &bytes) == 0 && error != 0;
}

size_t UdpSocket::Send(uint8_t* bytes, const int32_t* lengths, size_t count, const Address* to, uint64_t* errors) {
    size_t sent = 0;
    bool is_full = false;
    while (sent < count && !is_full) {
        const size_t done = SendTrains(bytes, lengths + sent, count - sent, to, errors, &is_full);
        for (size_t i = 0; i < done; i++) {
            bytes += lengths[sent + i];
        }
        sent += done;
    }
    return sent;
}

// One system call. A message it refuses is tried again without GSO, or given up, so that each call gets on.
size_t UdpSocket::SendTrains(uint8_t* bytes, const int32_t* lengths, size_t count, const Address* to, uint64_t* errors,
                             bool* is_full) {
    mmsghdr messages[kMaxMessages];
    iovec vectors[kMaxMessages];
    SegmentControl controls[kMaxMessages];
    size_t trains[kMaxMessages];
    size_t used = 0;
    for (size_t next = 0; next < count && used < kMaxMessages; used++) {
        const Train train = NextTrain(lengths + next, count - next, gso_limit_);
        vectors[used] = {bytes, train.bytes};
        msghdr& message = messages[used].msg_hdr;
        message = {};
        message.msg_iov = &vectors[used];
        message.msg_iovlen = 1;
        if (to != nullptr) {
            message.msg_name = const_cast<sockaddr*>(to->get());
            message.msg_namelen = to->bytes;
        }
        if (train.datagrams > 1) {
            controls[used] = {};
            SetSegment(&message, &controls[used], static_cast<uint16_t>(lengths[next]));
        }
        trains[used] = train.datagrams;
        next += train.datagrams;
        bytes += train.bytes;
    }
    int accepted;
    do {
        accepted = sendmmsg(fd_, messages, static_cast<unsigned>(used), MSG_DONTWAIT);
    } while (accepted < 0 && errno == EINTR);
    if (accepted > 0) {
        size_t datagrams = 0;
        for (int i = 0; i < accepted; i++) {
            datagrams += trains[i];
        }
        return datagrams;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
        *is_full = true;
        return 0;
    }
    if (trains[0] > 1 && (errno == EIO || errno == EINVAL || errno == EMSGSIZE || errno == EOPNOTSUPP)) {
        // no offload on this way at all, or not for datagrams that do not fit it: singly they may still pass
        gso_limit_ = errno == EIO || errno == EOPNOTSUPP ? 0 : static_cast<size_t>(lengths[0]) - 1;
        return 0;
    }
    *errors += 1;
    return trains[0];
}

size_t UdpSocket::Receive(uint8_t* ring, size_t slots, Arrival* arrivals, uint64_t* errors) {
    mmsghdr messages[kMaxSlots];
    iovec vectors[kMaxSlots];
    SegmentControl controls[kMaxSlots];
    if (slots > kMaxSlots) {
        slots = kMaxSlots;
    }
    for (size_t i = 0; i < slots; i++) {
        vectors[i] = {ring + i * kSlotBytes, kSlotBytes};
        msghdr& message = messages[i].msg_hdr;
        message = {};
        message.msg_iov = &vectors[i];
        message.msg_iovlen = 1;
        if (!is_connected_) {
            message.msg_name = &arrivals[i].from.storage;
            message.msg_namelen = sizeof(arrivals[i].from.storage);
        }
        message.msg_control = controls[i].bytes;
        message.msg_controllen = sizeof(controls[i].bytes);
    }
    const int received = recvmmsg(fd_, messages, static_cast<unsigned>(slots), MSG_DONTWAIT, nullptr);
    if (received < 0) {
        const bool is_empty = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        *errors += is_empty ? 0 : 1;
        return 0;
    }
    is_joining_ = false;
    for (int i = 0; i < received; i++) {
        Arrival& arrival = arrivals[i];
        const bool is_whole = (messages[i].msg_hdr.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
        const size_t segment = ReadSegment(&messages[i].msg_hdr);
        arrival.bytes = is_whole ? messages[i].msg_len : 0;
        arrival.segment_bytes = segment > 0 && segment < arrival.bytes ? segment : arrival.bytes;
        arrival.from.bytes = messages[i].msg_hdr.msg_namelen;
        is_joining_ |= segment > 0;
    }
    return static_cast<size_t>(received);
}

}  // namespace packet_io
