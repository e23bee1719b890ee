// room: wire/smtp
//
// A message on its way through us: it goes out by a ClientSession, as DATA or in chunks, and comes in by a
// ServerSession. Wherever pieces and packets are split, the server has the same octets as one message and then
// hears QUIT; or they are unfit to be sent, and then it has no message at all. The first octet chooses DATA or chunks
// and the pieces handed to the client, the second the packets.
#include "wire/smtp/client_session.hpp"
#include "wire/smtp/server_session.hpp"

#include <algorithm>
#include <cstdlib>

using namespace sealpost;
using namespace sealpost::smtp;

namespace {

void require(bool promise)
{
    if (!promise) std::abort();
}

ServerProfile make_profile()
{
    ServerProfile profile;
    profile.hostname = "mx.partner.test";
    profile.limits.max_head_bytes = profile.limits.max_text_line_bytes = profile.limits.max_message_bytes;
    return profile;
}

class Receiver {
public:
    explicit Receiver(std::size_t step) : step_(step)
    {
        session_.greet();
        run();
    }

    void hear(std::string_view octets)
    {
        while (!octets.empty()) {
            const std::span<char> room = session_.room();
            const std::size_t count = std::min({octets.size(), room.size(), step_});
            std::copy_n(octets.begin(), count, room.begin());
            session_.received(count);
            octets.remove_prefix(count);
            run();
        }
    }

    void lose_client()
    {
        session_.input_ended();
        run();
    }

    std::string take_output() { return session_.take_output(); }
    [[nodiscard]] const std::vector<std::string>& messages() const { return messages_; }
    [[nodiscard]] std::optional<Ended::Why> end() const { return end_; }

private:
    void run()
    {
        while (!end_) {
            const ServerEvent event = session_.next();
            if (std::holds_alternative<NeedInput>(event)) return;
            if (const auto* ended = std::get_if<Ended>(&event)) end_ = ended->why;
            if (const auto* piece = std::get_if<ContentPiece>(&event)) content_ += piece->octets;
            if (std::holds_alternative<TransactionReset>(event)) content_.clear();
            if (std::holds_alternative<ContentEnded>(event)) messages_.push_back(std::exchange(content_, {}));
            const bool is_question = std::holds_alternative<HelloSaid>(event) || std::holds_alternative<MailSaid>(event) ||
                                     std::holds_alternative<RcptSaid>(event) || std::holds_alternative<ContentEnded>(event);
            if (is_question) session_.answer({250, "2.0.0", "OK"});
            if (std::holds_alternative<ContentWanted>(event)) session_.answer({354, "", "Go on"});
        }
    }

    std::size_t step_;
    ServerSession session_{make_profile()};
    std::string content_;
    std::vector<std::string> messages_;
    std::optional<Ended::Why> end_;
};

class Sender {
public:
    Sender(std::string_view content, bool in_chunks, std::size_t step) : left_(content), in_chunks_(in_chunks), step_(step) {}

    // The whole dialogue, until the client has no more to say.
    void talk_to(Receiver& receiver)
    {
        while (!over_) {
            ClientEvent event = client_.next();
            take(event);
            receiver.hear(client_.take_output());
            if (std::holds_alternative<ClientNeedsInput>(event)) hear(receiver.take_output());
        }
    }

    [[nodiscard]] const std::optional<TransactionOutcome>& outcome() const { return outcome_; }

private:
    void take(ClientEvent& event)
    {
        if (std::holds_alternative<Greeted>(event)) begin();
        if (std::holds_alternative<ContentDue>(event)) supply();
        if (auto* done = std::get_if<TransactionDone>(&event)) {
            outcome_ = std::move(done->outcome);
            if (outcome_->usable)
                client_.quit();
            else
                over_ = true;
        }
        over_ |= std::holds_alternative<Farewell>(event) || std::holds_alternative<ClientFailure>(event);
    }

    void begin()
    {
        OutgoingMail mail;
        mail.mail.sender = {"alice", "acme.test"};
        mail.recipients.emplace_back().recipient = {"bob", "partner.test"};
        client_.begin(std::move(mail));
    }

    void supply()
    {
        if (left_.empty()) return client_.end_content();
        client_.content(left_.substr(0, step_));
        left_.remove_prefix(std::min(step_, left_.size()));
    }

    void hear(std::string octets)
    {
        require(!octets.empty());  // else both would wait for each other
        const std::size_t chunking = octets.find("CHUNKING");
        if (!in_chunks_ && chunking != std::string::npos) octets[chunking] = 'X';
        const std::span<char> room = client_.room();
        require(room.size() >= octets.size());
        std::copy(octets.begin(), octets.end(), room.begin());
        client_.received(octets.size());
    }

    std::string_view left_;
    bool in_chunks_;
    std::size_t step_;
    ClientSession client_{"gw.acme.test"};
    std::optional<TransactionOutcome> outcome_;
    bool over_ = false;
};

bool is_fit(std::string_view content)
{
    for (std::size_t i = 0; i < content.size(); ++i) {
        if (content[i] == '\0') return false;
        if (content[i] == '\r' && !content.substr(i).starts_with("\r\n")) return false;
        if (content[i] == '\n' && (i == 0 || content[i - 1] != '\r')) return false;
    }
    return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2) return 0;
    const std::string_view content(reinterpret_cast<const char*>(data) + 2, size - 2);
    Receiver receiver(1 + data[1]);
    Sender sender(content, (data[0] & 1) != 0, 1 + data[0] / 2);
    sender.talk_to(receiver);
    require(sender.outcome().has_value());
    if (!is_fit(content)) {
        receiver.lose_client();
        require(sender.outcome()->content_unfit && receiver.messages().empty());
        require(receiver.end() == Ended::Why::peer_closed);
        return 0;
    }
    const std::string whole = std::string(content) + (content.empty() || content.ends_with("\r\n") ? "" : "\r\n");
    require(sender.outcome()->content && sender.outcome()->content->is_positive());
    require(receiver.messages() == std::vector<std::string>{whole});
    require(receiver.end() == Ended::Why::quit);
    return 0;
}
