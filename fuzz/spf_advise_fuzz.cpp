// room: serve/spfadvice
// A domain whose TXT records are the lines of the input: whatever they say, the advice has an end, its tree
// fits its record, and what is offered was proven and can be read.
#include "serve/spfadvice/advice.hpp"
#include "sys/async/workers.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <cstdint>
#include <cstdlib>

using namespace sealpost;

namespace {

constexpr std::string_view world =
    "keys.test TXT v=spf1 mx:keys.test exists:%{i}.spf.keys.test -all\n"
    "keys.test MX 10 mx.keys.test\n"
    "mx.keys.test A 192.0.2.10\n"
    "192.0.2.10.spf.keys.test A 127.0.0.2\n"
    "a.test TXT v=spf1 ip4:203.0.113.0/24 include:b.test -all\n"
    "b.test TXT v=spf1 a mx ~all\n"
    "b.test A 203.0.113.9\n"
    "b.test MX 10 acme.test\n"
    "acme.test A 198.51.100.7\n"
    "acme.test MX 10 acme.test\n"
    "two.test TXT v=spf1 -all\n"
    "two.test TXT v=spf1 +all\n"
    "loop.test TXT v=spf1 include:acme.test\n";

class Written final : public dns::Resolver {
public:
    explicit Written(std::string_view text)
    {
        while (!text.empty() && texts_.size() < 4) {
            const auto end = std::min(text.find('\n'), text.size());
            texts_.emplace_back(text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
    }
    Task<dns::Answer> query(std::string name, dns::Type type, Deadline deadline) override
    {
        if (type == dns::Type::txt && dns::normalise_name(name) == "acme.test") {
            dns::Answer answer;
            answer.status = texts_.empty() ? dns::Status::no_data : dns::Status::found;
            answer.records = texts_;
            co_return answer;
        }
        auto answer = co_await below_.query(std::move(name), type, deadline);
        co_return answer;
    }

private:
    std::vector<std::string> texts_;
    dns::CannedResolver below_{world};
};

Task<void> ask(dns::Resolver& resolver)
{
    spfadvice::Order order{"acme.test", "keys.test", {}};
    const auto advice = co_await spfadvice::advise(resolver, std::move(order), Deadline::after(std::chrono::seconds(5)));
    if (!advice) std::abort();
    if (advice->publish) {
        const auto draft = spfadvice::read_draft(*advice->publish);
        if (!advice->proof.holds() || draft.has_unmended || !draft.in_force) std::abort();
        if (advice->tree_after.inside.size() != draft.terms.size()) std::abort();
    }
    if (spfadvice::format_text(*advice, Language::fr).empty()) std::abort();
    if (spfadvice::to_json(*advice, Language::en).empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Written resolver({reinterpret_cast<const char*>(data), size});
    async::run_here([&] { return ask(resolver); });
    return 0;
}
