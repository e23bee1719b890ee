#include "core/traffic/facts_fixture.hpp"

#include <boost/json/serialize.hpp>

#include <chrono>
#include <ctime>

namespace sealpost::traffic {
namespace {

TEST(Preview, TellsNoDifferenceOfThePolicyToItself)
{
    Facts facts;
    for (int i = 0; i < 50; ++i) {
        facts.connections.push_back(make_connection("192.0.2." + std::to_string(i)));
        facts.messages.push_back(make_message("192.0.2." + std::to_string(i), i % 2 == 0 ? "alice@acme.test" : "x@else.test"));
    }
    const auto policy = compile(with_policy("tls = \"required\""));
    const auto preview = make_preview(*policy, *policy, facts);
    EXPECT_EQ(preview.connections, 50U);
    EXPECT_EQ(preview.messages, 50U);
    EXPECT_EQ(preview.different, Counts{});
    EXPECT_TRUE(preview.groups.empty() && preview.policies.empty() && preview.verdicts.empty() && preview.examples.empty());
}

TEST(Preview, CountsByGroupPolicyAndVerdict)
{
    Facts facts;
    for (int i = 1; i <= 10; ++i) {
        facts.connections.push_back(make_connection("192.0.2." + std::to_string(i)));
        auto message = make_message("192.0.2." + std::to_string(i));
        message.tls = i <= 4 ? TlsKind::none : TlsKind::starttls;
        facts.messages.push_back(message);
    }
    const auto before = compile(rat);
    const auto after = compile(rat +
                               "[[mail_flow_policy]]\nname = \"TLS_REQUIRED\"\ntls = \"required\"\n"
                               "[[sender_group]]\nname = \"CRES\"\nlistener = \"public\"\npolicy = \"TLS_REQUIRED\"\n"
                               "senders = [\"192.0.2.3-8\"]\n");
    const auto preview = make_preview(*before, *after, facts);
    EXPECT_EQ(preview.different, (Counts{6, 6}));
    ASSERT_EQ(preview.groups.size(), 1U);
    EXPECT_EQ(preview.groups.front().before, "ALL");
    EXPECT_EQ(preview.groups.front().after, "CRES");
    EXPECT_EQ(preview.groups.front().counts, (Counts{6, 6}));
    ASSERT_EQ(preview.policies.size(), 1U);
    EXPECT_EQ(preview.policies.front().before, "ACCEPTED");
    EXPECT_EQ(preview.policies.front().after, "TLS_REQUIRED");
    ASSERT_EQ(preview.verdicts.size(), 1U);
    EXPECT_EQ(preview.verdicts.front().after, "530 TLS required");
    EXPECT_EQ(preview.verdicts.front().counts, (Counts{0, 2}));
    EXPECT_EQ(preview.examples.size(), 12U);
}

TEST(Preview, TellsOfMailThatWouldGoToNobodyOrWait)
{
    const auto verdict_with = [](const std::string& rows) {
        const auto preview = make_preview(*compile(rat), *compile(rat + rows), facts_of(make_message()));
        return preview.verdicts.empty() ? "same" : preview.verdicts.front().after;
    };
    EXPECT_EQ(verdict_with("[[route]]\ndomain = \"ALL\"\nhosts = [\"/dev/null\"]\n"), "accepted, discarded");
    EXPECT_EQ(verdict_with("[[alias]]\naddress = \"alice@acme.test\"\nto = [\"/dev/null\"]\n"), "accepted, discarded");
    EXPECT_EQ(verdict_with("[[destination]]\ndomain = \"acme.test\"\nsuspended = true\n"), "accepted, suspended");
    EXPECT_EQ(verdict_with("[[route]]\ndomain = \"acme.test\"\nhosts = [\"mx.acme.test\"]\n"), "same");
    EXPECT_EQ(verdict_with("[[destination]]\ndomain = \"else.test\"\nsuspended = true\n"), "same");
}

TEST(Preview, NamesWhatChangesAndIsNotPlayed)
{
    const std::vector<std::string> changed{"sender_group.senders",
                                           "mail_flow_policy.tls",
                                           "mail_flow_policy.max_recipients_per_hour",
                                           "destination.tls",
                                           "destination.suspended",
                                           "route.hosts",
                                           "bounce_profile.send_bounces"};
    const std::vector<std::string> expected{"mail_flow_policy.max_recipients_per_hour", "destination.tls", "route.hosts",
                                            "bounce_profile.send_bounces"};
    EXPECT_EQ(find_not_played(changed), expected);
    const std::vector<std::string> certificate{"listener_defaults.tls_verify_client"};
    EXPECT_EQ(find_not_played(certificate), certificate);
    Preview preview;
    preview.not_played = expected;
    EXPECT_NE(format_preview(preview).find("not in these figures: mail_flow_policy.max_recipients_per_hour, destination.tls"),
              std::string::npos);
    EXPECT_EQ(to_json(preview).at("not_played").as_array().size(), 4U);
}

TEST(Preview, PlaysEachParameterThatDecides)
{
    EXPECT_EQ(verdict_under("tls = \"required\"", make_message()), "530 TLS required");
    EXPECT_EQ(verdict_under("auth = \"required\"", make_message()), "530 authentication required");
    EXPECT_EQ(verdict_under("behavior = \"reject\"\nreject_code = 521", make_message()), "521 rejected");
    EXPECT_EQ(verdict_under("behavior = \"reject\"\ndelay_rejection = true", make_message()), "554 rejected");
    EXPECT_EQ(verdict_under("behavior = \"refuse\"", make_message()), "connection reset");
    EXPECT_EQ(verdict_under("tls_mandatory_senders = [\"partner.test\"]", make_message()), "530 sender needs TLS");
    auto large = make_message();
    large.size = 2048;
    EXPECT_EQ(verdict_under("max_message_size = 2000", large), "552 message too large");
    EXPECT_EQ(verdict_under("max_message_size = 2048", large), "same");
    auto declared = make_message();
    declared.declared_size = 5000;
    EXPECT_EQ(verdict_under("max_message_size = 4999", declared), "552 message too large");
    auto third = make_message();
    third.number = 3;
    EXPECT_EQ(verdict_under("max_messages_per_connection = 2", third), "421 too many messages");
    EXPECT_EQ(verdict_under("max_messages_per_connection = 3", third), "same");
}

TEST(Preview, PlaysWhoCameInsideTlsAndSignedIn)
{
    auto message = make_message();
    message.tls = TlsKind::starttls;
    EXPECT_EQ(verdict_under("tls = \"required\"", message), "same");
    EXPECT_EQ(verdict_under("tls = \"required\"\ntls_verify_client = true", message), "same") << "nobody asked it for one";
    message.certificate_asked = true;
    EXPECT_EQ(verdict_under("tls = \"required\"\ntls_verify_client = true", message), "550 client certificate required");
    message.certificate = policy::ClientCertificate::invalid;
    EXPECT_EQ(verdict_under("tls = \"required\"\ntls_verify_client = true", message), "550 client certificate required");
    message.certificate = policy::ClientCertificate::verified;
    EXPECT_EQ(verdict_under("tls = \"required\"\ntls_verify_client = true", message), "same");
    // STARTTLS that is not offered any more: the client comes without it.
    EXPECT_EQ(verdict_under("tls = \"off\"\ntls_mandatory_senders = [\"partner.test\"]", message), "530 sender needs TLS");
    message.tls = TlsKind::implicit;
    EXPECT_EQ(verdict_under("tls = \"off\"\ntls_mandatory_senders = [\"partner.test\"]", message), "same");
    auto user = make_message();
    user.signed_in = true;
    user.tls = TlsKind::starttls;
    EXPECT_EQ(verdict_under("auth = \"required\"", user), "same");
    // AUTH that is not offered any more, by itself or for want of TLS: nobody signs in.
    EXPECT_EQ(verdict_under("auth = \"required\"\ntls = \"off\"", user), "530 authentication required");
    user.recipients.front().address = "eve@elsewhere.test";
    const auto before = compile(with_policy("auth = \"preferred\""));
    const auto after = compile(with_policy("auth = \"off\""));
    const auto preview = make_preview(*before, *after, facts_of(user));
    ASSERT_EQ(preview.verdicts.size(), 1U);
    EXPECT_EQ(preview.verdicts.front().before, "accepted");
    EXPECT_EQ(preview.verdicts.front().after, "550 recipient refused");
}

TEST(Preview, CountsAMessageOnceForEachPairOfVerdictsOfItsRecipients)
{
    auto message = make_message();
    for (const char* address : {"bob@acme.test", "eve@acme.test"}) {
        message.recipients.push_back(message.recipients.front());
        message.recipients.back().address = address;
    }
    const auto before = compile(rat);
    const auto after = compile("[[recipient]]\naddress = [\"bob@acme.test\", \"eve@acme.test\"]\naction = \"reject\"\n" + rat);
    const auto preview = make_preview(*before, *after, facts_of(message));
    EXPECT_EQ(preview.different, (Counts{0, 1}));
    ASSERT_EQ(preview.verdicts.size(), 1U);
    EXPECT_EQ(preview.verdicts.front().after, "550 recipient refused");
    EXPECT_EQ(preview.verdicts.front().counts, (Counts{0, 1}));
    ASSERT_EQ(preview.examples.size(), 1U);
    EXPECT_EQ(preview.examples.front().recipient, "bob@acme.test");
    EXPECT_EQ(verdict_under("max_recipients_per_message = 2", message), "452 too many recipients");
}

TEST(Preview, AsksAgainWhatWasFoundAboutTheSender)
{
    auto message = make_message();
    message.found.spf.emplace();
    message.found.spf->mail_from = policy::AuthResult::fail;
    EXPECT_EQ(verdict_under("spf_fail = \"reject\"", message), "550 sender not authentic");
    EXPECT_EQ(verdict_under("spf_softfail = \"reject\"", message), "same");
    EXPECT_EQ(verdict_under("spf = \"off\"\nspf_fail = \"reject\"", message), "same");
    message.recipients.front().address = "postmaster@acme.test";
    EXPECT_EQ(verdict_under("spf_fail = \"reject\"", message), "same");
    message.signed_in = true;
    message.tls = TlsKind::starttls;
    message.recipients.front().address = "alice@acme.test";
    EXPECT_EQ(verdict_under("auth = \"preferred\"\nspf_fail = \"reject\"", message), "same");
}

TEST(Preview, KeepsWhatSomethingElseRefused)
{
    auto message = make_message();
    message.recipients.front().outcome = {policy::Stage::rcpt, 452, false};
    message.outcome = message.recipients.front().outcome;
    EXPECT_EQ(verdict_under("max_message_size = \"1M\"", message), "same");
    const auto preview = make_preview(*compile(with_policy("")), *compile(with_policy("tls = \"required\"")), facts_of(message));
    ASSERT_EQ(preview.verdicts.size(), 1U);
    EXPECT_EQ(preview.verdicts.front().before, "452 refused at RCPT");
    EXPECT_EQ(preview.verdicts.front().after, "530 TLS required");
}

TEST(Preview, ForgetsARefusalOfAPolicyThatIsGone)
{
    auto message = make_message();
    message.recipients.clear();
    message.outcome = {policy::Stage::mail, 530, true};
    const auto preview = make_preview(*compile(with_policy("tls = \"required\"")), *compile(with_policy("")), facts_of(message));
    ASSERT_EQ(preview.verdicts.size(), 1U);
    EXPECT_EQ(preview.verdicts.front().before, "530 TLS required");
    EXPECT_EQ(preview.verdicts.front().after, "accepted");
}

TEST(Preview, TellsWhatWouldBeSealed)
{
    auto message = make_message("192.0.2.1", "bob@partner.test");
    message.facts.listener = "private";
    const std::string inside =
        rat + "[[sender_group]]\nname = \"IN\"\nlistener = \"private\"\npolicy = \"RELAYED\"\nsenders = [\"192.0.2.0/24\"]\n";
    const auto sealing = [&](const std::string& more) {
        return compile(inside + "[[encryption_rule]]\nname = \"r\"\nrecipient = [\"partner.test\"]\n" + more);
    };
    const auto before = compile(inside);
    auto preview = make_preview(*before, *sealing(""), facts_of(message));
    ASSERT_EQ(preview.verdicts.size(), 1U);
    EXPECT_EQ(preview.verdicts.front().after, "accepted, sealed");
    preview = make_preview(*before, *sealing("action = \"if_tls_fails\"\n"), facts_of(message));
    EXPECT_EQ(preview.verdicts.at(0).after, "accepted, sealed unless TLS");
    // A header decided: no rule changes that.
    message.recipients.front().by_content = true;
    message.recipients.front().action = policy::SealAction::clear;
    EXPECT_TRUE(make_preview(*before, *sealing(""), facts_of(message)).verdicts.empty());
}

TEST(Preview, AsksTheRatUnderTheNameOfTheDomainMap)
{
    const auto before = compile(rat);
    const auto after = compile(rat + "[[domain_map]]\nfrom = \"old.test\"\nto = \"acme.test\"\n");
    const auto preview = make_preview(*before, *after, facts_of(make_message("192.0.2.1", "alice@old.test")));
    ASSERT_EQ(preview.verdicts.size(), 1U);
    EXPECT_EQ(preview.verdicts.front().before, "550 recipient refused");
    EXPECT_EQ(preview.verdicts.front().after, "accepted");
}

TEST(Preview, FollowsAPostmasterWithoutADomain)
{
    const auto facts = facts_of(make_message("192.0.2.1", "postmaster"));
    const auto verdict_with = [&](const std::string& rows, const std::string& hostname) {
        const auto preview = make_preview(*compile(rat), *compile(rat + rows), facts, hostname);
        return preview.verdicts.empty() ? "same" : preview.verdicts.front().after;
    };
    const std::string waits = "[[destination]]\ndomain = \"acme.test\"\nsuspended = true\n";
    EXPECT_EQ(verdict_with(waits, "mx1.acme.test"), "accepted, suspended");
    EXPECT_EQ(verdict_with("[[alias]]\naddress = \"postmaster@acme.test\"\nto = [\"/dev/null\"]\n", "mx1.acme.test"),
              "accepted, discarded");
    EXPECT_EQ(verdict_with(waits, ""), "same") << "nobody says whose postmaster it is";
}

TEST(Preview, TellsUndecidedHosts)
{
    auto message = make_message();
    message.facts.host_state = policy::HostState::temporary;
    const auto after = compile(rat +
                               "[[sender_group]]\nname = \"N\"\nlistener = \"public\"\npolicy = \"TRUSTED\"\n"
                               "senders = [\"mx.partner.test\"]\n");
    const auto preview = make_preview(*compile(rat), *after, facts_of(message));
    ASSERT_EQ(preview.verdicts.size(), 1U);
    EXPECT_EQ(preview.verdicts.front().after, "421 host name not known for the moment");
}

TEST(Preview, HasExamplesOfEachVerdictAndNoMoreThanFifty)
{
    Facts facts;
    for (int i = 0; i < 200; ++i) {
        auto message = make_message("192.0.2." + std::to_string(i));
        message.at = noon + std::chrono::seconds(i);
        if (i == 0) message.size = 1'000'000;
        facts.messages.push_back(message);
    }
    const auto preview =
        make_preview(*compile(with_policy("")), *compile(with_policy("auth = \"required\"\nmax_message_size = \"2K\"")), facts);
    EXPECT_EQ(preview.examples.size(), max_examples);
    EXPECT_EQ(preview.examples.front().at, noon + std::chrono::seconds(199));  // the newest
    const auto two = make_preview(*compile(with_policy("")),
                                  *compile(with_policy("tls_mandatory_senders = [\"partner.test\"]\nmax_message_size = \"2K\"")),
                                  facts_of(facts.messages.front()));
    EXPECT_EQ(two.examples.size(), 1U);
}

TEST(Preview, PrintsTheJsonOfTheSpecification)
{
    auto facts = facts_of(make_message());
    facts.connections.push_back(make_connection());
    const auto preview = make_preview(*compile(with_policy("")), *compile(with_policy("tls = \"required\"")), facts);
    EXPECT_EQ(boost::json::serialize(to_json(preview)),
              R"({"connections":1,"messages":1,"since":"2026-11-24T12:00:00.000Z","until":"2026-11-24T12:00:00.000Z",)"
              R"("different":{"connections":0,"messages":1},"groups":[],"policies":[],)"
              R"("verdicts":[{"before":"accepted","after":"530 TLS required","connections":0,"messages":1}],)"
              R"("examples":[{"time":"2026-11-24T12:00:00.000Z","listener":"public","ip":"192.0.2.1","host":"",)"
              R"("sender":"carol@partner.test","recipient":"alice@acme.test",)"
              R"("before":{"group":"G","policy":"P","verdict":"accepted"},)"
              R"("after":{"group":"G","policy":"P","verdict":"530 TLS required"}}],"not_played":[]})");
    EXPECT_EQ(to_json(make_preview(*compile(""), *compile(""), {})).at("since"), nullptr);
}

// "10,000 connections and messages in well under a second"; as many hosts, so that nothing is remembered.
TEST(Preview, PlaysTenThousandHostsInWellUnderASecond)
{
    Facts facts;
    for (int i = 0; i < 10'000; ++i) {
        const auto ip = "10." + std::to_string(i / 2500) + '.' + std::to_string(i / 10 % 250) + '.' + std::to_string(i % 10);
        facts.connections.push_back(make_connection(ip));
        facts.messages.push_back(make_message(ip));
    }
    const auto before = compile(with_policy(""));
    const auto after = compile(with_policy("tls = \"required\""));
    const auto start = std::clock();
    const auto preview = make_preview(*before, *after, facts);
    const auto taken = 1000 * (std::clock() - start) / CLOCKS_PER_SEC;
    EXPECT_EQ(preview.different.messages, 10'000U);
    RecordProperty("milliseconds", static_cast<int>(taken));
    EXPECT_LT(taken, 5000);  // of a build that is not optimised; an optimised one takes a quarter of a second
}

}  // namespace
}  // namespace sealpost::traffic
