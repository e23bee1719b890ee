#include "core/policy/ruling.hpp"
#include "core/policy/compiled.hpp"

#include <gtest/gtest.h>

namespace sealpost::policy {
namespace {

std::string rcpt(const Snapshot& snapshot, const std::string& address)
{
    const ConnectionFacts host{"public", *parse_ip("192.0.2.1"), HostState::none, ""};
    const auto found = decide_rcpt(snapshot, snapshot.decide_connection(host), host, {}, 0, address).ruling;
    return std::to_string(found.code) + ' ' + found.enhanced_code + ' ' + found.text;
}

TEST(RefusedRecipient, IsNoMailboxOfOursOrOneThatWeDoNotRelayTo)
{
    const auto snapshot = compile(
        "[[recipient]]\naddress = [\"alice@acme.test\", \".sub.acme.test\"]\n"
        "[[recipient]]\naddress = \"other.test\"\naction = \"reject\"\n");
    EXPECT_EQ(rcpt(*snapshot, "bob@acme.test"), "550 5.1.1 No such mailbox");
    EXPECT_EQ(rcpt(*snapshot, "bob@ACME.test"), "550 5.1.1 No such mailbox");
    EXPECT_EQ(rcpt(*snapshot, "bob@partner.test"), "550 5.7.1 Relaying denied");
    EXPECT_EQ(rcpt(*snapshot, "bob@other.test"), "550 5.7.1 Relaying denied");
    EXPECT_EQ(rcpt(*snapshot, "bob@sub.acme.test.partner.test"), "550 5.7.1 Relaying denied");
}

TEST(RefusedRecipient, HearsTheCodeAndTheTextOfItsRow)
{
    const auto snapshot = compile(
        "[[recipient]]\naddress = \"gone@acme.test\"\naction = \"reject\"\ncode = 551\ntext = \"He has left us\"\n"
        "[[recipient]]\naddress = \"board@acme.test\"\naction = \"reject\"\ntext = \"5.7.1 Members only, $RemoteIP\"\n"
        "[[recipient]]\naddress = \"late@acme.test\"\naction = \"reject\"\ncode = 450\ntext = \"5.1.1 Later\"\n"
        "[[recipient]]\naddress = \"moved@acme.test\"\naction = \"reject\"\ntext = \"5.1.6\"\n"
        "[[recipient]]\naddress = \"silent@acme.test\"\naction = \"reject\"\n"
        "[[recipient]]\naddress = \"acme.test\"\n"
        "[[recipient]]\naddress = \"old.test\"\naction = \"reject\"\ntext = \"5.1.2  That domain is gone\"\n");
    EXPECT_EQ(rcpt(*snapshot, "gone@acme.test"), "551 5.1.1 He has left us");
    EXPECT_EQ(rcpt(*snapshot, "board@acme.test"), "550 5.7.1 Members only, 192.0.2.1");
    EXPECT_EQ(rcpt(*snapshot, "late@acme.test"), "450 4.1.1 5.1.1 Later") << "the class is another one";
    EXPECT_EQ(rcpt(*snapshot, "moved@acme.test"), "550 5.1.1 5.1.6") << "no words";
    EXPECT_EQ(rcpt(*snapshot, "silent@acme.test"), "550 5.1.1 No such mailbox");
    EXPECT_EQ(rcpt(*snapshot, "alice@old.test"), "550 5.1.2 That domain is gone");
}

// Who gets mail of a host inside, by a listener that relays, on mx1.acme.test.
std::vector<std::string> relay(const std::string& text, const std::string& address)
{
    const auto snapshot = compile(
        "[[sender_group]]\nname = \"INSIDE\"\nlistener = \"private\"\npolicy = \"RELAYED\"\nsenders = [\"10.0.0.0/8\"]\n" + text);
    const ConnectionFacts host{"private", *parse_ip("10.0.0.1"), HostState::none, ""};
    TransactionFacts facts;
    facts.hostname = "mx1.acme.test";
    return decide_rcpt(*snapshot, snapshot->decide_connection(host), host, facts, 0, address).expansion.recipients;
}

// RFC 5321 §4.5.1
TEST(BarePostmaster, IsFromInsideWhomTheAliasesSay)
{
    const auto alias = [](const std::string& address) {
        return "[[alias]]\naddress = \"" + address + "\"\nto = \"it@partner.test\"\n";
    };
    const std::string completed = "[[listener_defaults]]\ndefault_domain = \"b.test\"\n";
    const std::vector<std::string> it = {"it@partner.test"};
    for (const auto& text : {alias("postmaster@acme.test"), alias("postmaster@mx1.acme.test"), alias("postmaster@"),
                             alias("postmaster@") + "[[recipient]]\naddress = \"acme.test\"\n",
                             alias("postmaster@b.test") + completed, alias("postmaster@") + completed})
        EXPECT_EQ(relay(text, "Postmaster"), it) << text;
    EXPECT_EQ(relay(alias("info@acme.test"), "Postmaster"), std::vector<std::string>{"Postmaster@mx1.acme.test"});
    EXPECT_EQ(relay(alias("postmaster@"), "postmaster@stranger.test"), std::vector<std::string>{"postmaster@stranger.test"})
        << "that is somebody else's";
}

TEST(Rejection, HasTheEnhancedCodeOfItsText)
{
    const auto snapshot = compile(
        "[[mail_flow_policy]]\nname = \"NO\"\nbehavior = \"reject\"\nreject_text = \"5.7.25 No PTR for $RemoteIP\"\n"
        "[[sender_group]]\nname = \"G\"\nlistener = \"public\"\npolicy = \"NO\"\nsenders = [\"192.0.2.1\"]\n");
    const ConnectionFacts host{"public", *parse_ip("192.0.2.1"), HostState::none, ""};
    const auto found = decide_admission(snapshot->decide_connection(host), host);
    EXPECT_EQ(found.enhanced_code, "5.7.25");
    EXPECT_EQ(found.text, "No PTR for 192.0.2.1");
}

}  // namespace
}  // namespace sealpost::policy
