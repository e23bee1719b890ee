// room: wire/smtp
//
// What a server may say. The first octet chooses what the client is up to and how the input is split.
#include "wire/smtp/client_session.hpp"

#include <algorithm>
#include <cstdlib>

using namespace sealpost;
using namespace sealpost::smtp;

namespace {

void require(bool promise)
{
    if (!promise) std::abort();
}

class Owner {
public:
    explicit Owner(unsigned choice) : choice_(choice) {}

    // False: the dialogue is over.
    bool hear(std::string_view octets)
    {
        const std::span<char> room = client_.room();
        require(room.size() >= octets.size());
        std::copy(octets.begin(), octets.end(), room.begin());
        client_.received(octets.size());
        return run();
    }

    bool run()
    {
        for (int turn = 0; turn < 1000; ++turn) {
            ClientEvent event = client_.next();
            (void)client_.take_output();
            if (std::holds_alternative<ClientNeedsInput>(event)) return true;
            if (!take(event)) return false;
        }
        return false;
    }

    void end()
    {
        client_.input_ended();
        require(!run());
    }

private:
    bool take(ClientEvent& event)
    {
        if (std::holds_alternative<Greeted>(event))
            greeted();
        else if (std::holds_alternative<TlsAgreed>(event))
            client_.tls_started();
        else if (std::holds_alternative<Authenticated>(event))
            begin();
        else if (std::holds_alternative<ContentDue>(event))
            supply();
        else if (auto* done = std::get_if<TransactionDone>(&event))
            return follow(done->outcome);
        else
            return false;
        return true;
    }

    void greeted()
    {
        if (client_.offered().starttls && !secured_ && (choice_ & 1) != 0) {
            secured_ = true;
            client_.start_tls();
        } else if (client_.offered().auth_plain && (choice_ & 2) != 0) {
            client_.authenticate("alice", Secret::copy_of("secret"));
        } else {
            begin();
        }
    }

    void begin()
    {
        OutgoingMail mail;
        mail.mail.sender = {"alice", "acme.test"};
        for (const char* name : {"bob", "carol"}) {
            RcptTo rcpt;
            rcpt.recipient = {name, "partner.test"};
            mail.recipients.push_back(rcpt);
        }
        pieces_ = 0;
        client_.begin(std::move(mail));
    }

    void supply()
    {
        if (++pieces_ < 4)
            client_.content(".a\r\n..\r");
        else
            client_.end_content();
        if (pieces_ < 4) client_.content("\n.b\r\n");
    }

    bool follow(const TransactionOutcome& outcome)
    {
        require(outcome.recipients.size() == 2);
        require(outcome.usable == client_.is_usable());
        if (!outcome.usable) return false;
        if (++messages_ < 3)
            begin();
        else
            client_.quit();
        return true;
    }

    unsigned choice_;
    ClientSession client_{"gw.acme.test"};
    bool secured_ = false;
    int pieces_ = 0;
    int messages_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t step = 1 + (data[0] >> 2) * 8;
    Owner owner(data[0]);
    bool goes_on = owner.run();
    while (goes_on && !input.empty()) {
        const std::size_t count = std::min(step, input.size());
        goes_on = owner.hear(input.substr(0, count));
        input.remove_prefix(count);
    }
    if (goes_on) owner.end();
    return 0;
}
