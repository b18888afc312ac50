#include "packet_socket.h"

#include <algorithm>
#include <cstring>

namespace packet_io {
namespace {

// Packets after which the event loop gets its turn, though more may wait in the socket.
constexpr size_t kPacketsPerTurn = 512;

}  // namespace

void PacketSocket::SetPeer(const Address& peer) {
    peer_ = peer;
    has_peer_ = true;
}

int PacketSocket::Start() {
    Poll* poll = new Poll{};
    const int result = uv_poll_init(loop_, &poll->handle, socket_.fd());
    if (result != 0) {
        delete poll;
        return -result;
    }
    poll->owner = this;
    poll->handle.data = poll;
    poll_ = poll;
    Watch();
    return 0;
}

void PacketSocket::Close() {
    if (poll_ != nullptr) {
        poll_->owner = nullptr;
        uv_close(reinterpret_cast<uv_handle_t*>(&poll_->handle),
                 [](uv_handle_t* handle) { delete static_cast<Poll*>(handle->data); });
        poll_ = nullptr;
    }
    // uv_close has taken the descriptor off the loop already
    socket_.Close();
    backlog_.clear();
    backlog_lengths_.clear();
}

void PacketSocket::Watch() {
    const int events = UV_READABLE | (backlog_lengths_.empty() ? 0 : UV_WRITABLE);
    uv_poll_start(&poll_->handle, events, &PacketSocket::OnPoll);
}

void PacketSocket::OnPoll(uv_poll_t* handle, int status, int events) {
    Poll* const poll = static_cast<Poll*>(handle->data);
    PacketSocket* const self = poll->owner;
    if (self == nullptr) {
        return;
    }
    if (status < 0) {
        // libuv stops a poll whose socket reports an error; for UDP it is one lost datagram, of which the peer said so
        self->counters_.errors += self->socket_.TakeError() ? 1 : 0;
        self->Watch();
    }
    if ((events & UV_WRITABLE) != 0) {
        self->SendBacklog();
    }
    if (poll->owner == self && (status < 0 || (events & UV_READABLE) != 0)) {
        self->ReceiveTurn();
    }
}

void PacketSocket::ReceiveTurn() {
    if (is_receiving_) {
        return;
    }
    is_receiving_ = true;
    size_t handled = 0;
    size_t last = 0;
    do {
        last = ReceiveBatch();
        handled += last;
    } while (last > 0 && handled < kPacketsPerTurn && is_started());
    is_receiving_ = false;
}

// Returns the number of datagrams that were there; 0 when there is nothing more to do now.
size_t PacketSocket::ReceiveBatch() {
    ReceiveMemory memory;
    if (!listener_->GetMemory(&memory)) {
        return 0;
    }
    const size_t rows = memory.table_cells / kColumns;
    const size_t slots = std::min(socket_.useful_slots(), memory.ring_bytes / kSlotBytes);
    arrived_ = socket_.Receive(memory.ring, slots, arrivals_, &counters_.errors);
    size_t seen = 0;
    size_t row = 0;
    for (size_t slot = 0; slot < arrived_; slot++) {
        const Arrival& arrival = arrivals_[slot];
        const bool is_peer = socket_.is_connected() || (has_peer_ && arrival.from == peer_);
        const double origin = is_peer ? -1 : static_cast<double>(slot);
        size_t at = 0;
        do {
            const size_t bytes = std::min(arrival.segment_bytes, arrival.bytes - at);
            const size_t position = slot * kSlotBytes + at;
            uint64_t number = 0;
            size_t header_bytes = 0;
            at += bytes;
            seen += 1;
            if (!opener_.Open(memory.ring + position, bytes, &number, &header_bytes)) {
                counters_.rejected += 1;
                continue;
            }
            counters_.opened += 1;
            double* const cells = memory.table + row * kColumns;
            cells[0] = static_cast<double>(position + header_bytes);
            cells[1] = static_cast<double>(bytes - header_bytes - kTagBytes);
            cells[2] = static_cast<double>(number);
            cells[3] = origin;
            row += 1;
            if (row == rows) {
                row = 0;
                listener_->OnPackets(rows);
                if (!is_started() || !listener_->GetMemory(&memory) || memory.table_cells / kColumns != rows ||
                    memory.ring_bytes / kSlotBytes < slots) {
                    arrived_ = 0;
                    return 0;
                }
            }
        } while (at < arrival.bytes);
    }
    if (row > 0) {
        listener_->OnPackets(row);
    }
    arrived_ = 0;
    return seen;
}

bool PacketSocket::Send(uint8_t* bytes, const Batch& batch) {
    const std::vector<int32_t>& lengths = batch.lengths;
    uint8_t* packet = bytes;
    for (size_t i = 0; i < lengths.size(); i++) {
        if (!sealer_.Seal(packet, static_cast<size_t>(lengths[i]), batch.numbers[i], batch.are_long[i])) {
            // cannot happen with a key; what follows must not leave in clear
            counters_.errors += lengths.size() - i;
            const std::vector<int32_t> sealed(lengths.begin(), lengths.begin() + static_cast<ptrdiff_t>(i));
            return i == 0 ? backlog_lengths_.empty() : SendSealed(bytes, sealed);
        }
        packet += lengths[i];
    }
    return SendSealed(bytes, lengths);
}

bool PacketSocket::SendRun(const Run& run) {
    constexpr size_t kAround = kShortHeaderBytes + kTagBytes;
    const size_t packet_bytes = kAround + run.head_bytes + run.piece_bytes;
    // What goes as one message is made in one go, while it is in the cache.
    const size_t at_once = std::max<size_t>(1, std::min(kMaxTrainDatagrams, kMaxTrainBytes / packet_bytes));
    train_.resize(std::max(train_.size(), at_once * packet_bytes));
    std::vector<int32_t> lengths;
    lengths.reserve(at_once);
    const uint8_t* head = run.heads;
    uint64_t number = run.first_number;
    bool is_free = backlog_lengths_.empty();
    for (size_t done = 0; done < run.payload_bytes;) {
        uint8_t* packet = train_.data();
        lengths.clear();
        while (lengths.size() < at_once && done < run.payload_bytes) {
            const size_t piece = std::min(run.piece_bytes, run.payload_bytes - done);
            const size_t length = kAround + run.head_bytes + piece;
            memcpy(packet + kShortHeaderBytes, head, run.head_bytes);
            memcpy(packet + kShortHeaderBytes + run.head_bytes, run.payload + done, piece);
            if (!sealer_.Seal(packet, length, number, false)) {
                // as in Send
                counters_.errors += (run.payload_bytes - done + run.piece_bytes - 1) / run.piece_bytes;
                return lengths.empty() ? is_free : SendSealed(train_.data(), lengths);
            }
            lengths.push_back(static_cast<int32_t>(length));
            packet += length;
            head += run.head_bytes;
            done += piece;
            number += 1;
        }
        is_free = SendSealed(train_.data(), lengths);
    }
    return is_free;
}

bool PacketSocket::SendSealed(uint8_t* bytes, const std::vector<int32_t>& lengths) {
    size_t sent = 0;
    if (backlog_lengths_.empty()) {
        sent = socket_.Send(bytes, lengths.data(), lengths.size(), target(), &counters_.errors);
        counters_.sent += sent;
    }
    if (sent == lengths.size()) {
        return backlog_lengths_.empty();
    }
    for (size_t i = 0; i < sent; i++) {
        bytes += lengths[i];
    }
    Keep(bytes, lengths.data() + sent, lengths.size() - sent);
    Watch();
    return false;
}

void PacketSocket::Keep(const uint8_t* bytes, const int32_t* lengths, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const size_t length = static_cast<size_t>(lengths[i]);
        if (backlog_.size() + length > kMaxBacklogBytes) {
            counters_.errors += count - i;
            return;
        }
        backlog_.insert(backlog_.end(), bytes, bytes + length);
        backlog_lengths_.push_back(lengths[i]);
        bytes += length;
    }
}

void PacketSocket::SendBacklog() {
    const size_t waiting = backlog_lengths_.size();
    const size_t sent =
        socket_.Send(backlog_.data(), backlog_lengths_.data(), waiting, target(), &counters_.errors);
    counters_.sent += sent;
    size_t bytes = 0;
    for (size_t i = 0; i < sent; i++) {
        bytes += static_cast<size_t>(backlog_lengths_[i]);
    }
    backlog_.erase(backlog_.begin(), backlog_.begin() + static_cast<ptrdiff_t>(bytes));
    backlog_lengths_.erase(backlog_lengths_.begin(), backlog_lengths_.begin() + static_cast<ptrdiff_t>(sent));
    if (sent == waiting) {
        Watch();
        listener_->OnWritable();
    }
}

}  // namespace packet_io
