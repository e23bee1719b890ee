#include "core/policy/snapshot.hpp"
#include "core/policy/compiled.hpp"
#include "core/policy/last_policy.hpp"

#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>

namespace sealpost::policy {
namespace {

const ParameterValue& origin_of(const ConnectionVerdict& verdict, const std::string& name)
{
    return *std::find_if(verdict.origins->begin(), verdict.origins->end(), [&](const auto& each) { return each.name == name; });
}

TEST(Verdict, TellsWhereEachParameterComesFrom)
{
    const auto snapshot = compile(
        "[[listener_defaults]]\nmax_recipients_per_message = 7\nmax_message_size = \"1M\"\n"
        "[[listener_defaults]]\nlistener = \"public\"\nmax_recipients_per_message = 8\n"
        "[[mail_flow_policy]]\nname = \"P\"\ntls = \"required\"\n"
        "[[sender_group]]\nname = \"G\"\nlistener = \"public\"\npolicy = \"P\"\nsenders = [\"192.0.2.0/24 (ours)\"]\n");
    const auto verdict = connect(*snapshot, "192.0.2.1");
    EXPECT_EQ(origin_of(verdict, "tls").from, "policy");
    EXPECT_EQ(origin_of(verdict, "tls").value, "\"required\"");
    EXPECT_EQ(origin_of(verdict, "max_recipients_per_message").from, "listener");
    EXPECT_EQ(verdict.parameters->max_recipients_per_message, 8U);
    EXPECT_EQ(verdict.parameters->max_message_bytes, 1048576U);
    EXPECT_EQ(origin_of(verdict, "auth").from, "default");
    const auto json = boost::json::serialize(to_json(verdict));
    EXPECT_TRUE(json.starts_with(R"({"sender_group":"G","order":1,"matched":"192.0.2.0/24","policy":"P","behavior":"accept")"))
        << json;
    EXPECT_NE(json.find(R"("tls":{"value":"required","from":"policy"})"), std::string::npos) << json;
}

TEST(Verdict, EndsWithAllByTheKindOfListener)
{
    const auto snapshot = compile("");
    EXPECT_EQ(connect(*snapshot, "192.0.2.1").policy, "ACCEPTED");
    EXPECT_EQ(connect(*snapshot, "192.0.2.1", HostState::none, "", "private").behavior, Behavior::reject);
    const auto submission = connect(*snapshot, "192.0.2.1", HostState::none, "", "submission");
    EXPECT_EQ(submission.parameters->auth, AuthMode::required);
    EXPECT_EQ(submission.parameters->tls, TlsMode::required);
    EXPECT_EQ(connect(*snapshot, "192.0.2.1", HostState::none, "", "elsewhere").behavior, Behavior::reject);
}

TEST(Verdict, RelaysWhereNoTableSaysWhoIsOurs)
{
    const auto snapshot = compile(
        "[[mail_flow_policy]]\nname = \"INHOUSE\"\ntls = \"preferred\"\n"
        "[[sender_group]]\nname = \"A\"\nlistener = \"private\"\npolicy = \"INHOUSE\"\nsenders = [\"192.0.2.1\"]\n"
        "[[sender_group]]\nname = \"B\"\nlistener = \"public\"\npolicy = \"INHOUSE\"\nsenders = [\"192.0.2.1\"]\n");
    EXPECT_EQ(connect(*snapshot, "192.0.2.1", HostState::none, "", "private").behavior, Behavior::relay);
    EXPECT_EQ(connect(*snapshot, "192.0.2.1", HostState::none, "", "submission").behavior, Behavior::relay);
    EXPECT_EQ(connect(*snapshot, "192.0.2.1").behavior, Behavior::accept);
}

TEST(Verdict, GoesOnAfterContinue)
{
    const auto snapshot = compile(
        "[[sender_group]]\nname = \"SEEN\"\nlistener = \"public\"\nsenders = [\"192.0.2.0/24\", \"x.acme.test\"]\n"
        "[[sender_group]]\nname = \"BAD\"\nlistener = \"public\"\npolicy = \"BLOCKED\"\nsenders = [\"192.0.2.7\"]\n");
    const auto verdict = connect(*snapshot, "192.0.2.7");
    EXPECT_EQ(verdict.sender_group, "BAD");
    EXPECT_EQ(verdict.passed_groups, std::vector<std::string>{"SEEN"});
    EXPECT_EQ(connect(*snapshot, "192.0.2.8").sender_group, "ALL");
    // A name in a group that only continues changes no outcome, so nothing is undecided.
    EXPECT_FALSE(connect(*snapshot, "198.51.100.1", HostState::temporary).undecided);
}

// Only what is live already has such a policy: compile_new() refuses it.
TEST(Verdict, RefusesWhereWhatAllMeansContinues)
{
    const auto continuing = [](const std::string& name) {
        return "[[mail_flow_policy]]\nname = \"" + name + "\"\nbehavior = \"continue\"\n";
    };
    const auto behavior_at = [&](const std::string& policy, const std::string& listener) {
        return connect(*compile(continuing(policy)), "192.0.2.1", HostState::none, "", listener).behavior;
    };
    EXPECT_EQ(behavior_at("ACCEPTED", "public"), Behavior::reject);
    EXPECT_EQ(behavior_at("BLOCKED", "private"), Behavior::reject);
    EXPECT_EQ(behavior_at("SUBMISSION", "submission"), Behavior::reject);
    EXPECT_EQ(behavior_at("BLOCKED", "elsewhere"), Behavior::reject);
    // A group that only marks goes on marking.
    const auto marking = compile(continuing("BLOCKED") +
                                 "[[sender_group]]\nname = \"SEEN\"\nlistener = \"private\"\npolicy = \"BLOCKED\"\nsenders = "
                                 "[\"192.0.2.1\"]\n");
    const auto verdict = connect(*marking, "192.0.2.1", HostState::none, "", "private");
    EXPECT_EQ(verdict.behavior, Behavior::reject);
    EXPECT_EQ(verdict.passed_groups, std::vector<std::string>{"SEEN"});
}

TEST(NewDocument, HasNoPolicyBehindAllThatContinues)
{
    const auto is_taken = [](const std::string& name, const std::vector<ListenerInfo>& on) {
        auto parsed = parse_document("[[mail_flow_policy]]\nname = \"" + name + "\"\nbehavior = \"continue\"\n", "test");
        const auto compiled = compile_new(std::move(*parsed.document), on);
        EXPECT_EQ(compiled.snapshot != nullptr, compiled.problems.empty());
        for (const auto& problem : compiled.problems) EXPECT_EQ(problem.said.code, "continue_behind_all");
        return compiled.snapshot != nullptr;
    };
    for (const char* name : {"ACCEPTED", "BLOCKED", "SUBMISSION"}) EXPECT_FALSE(is_taken(name, listeners)) << name;
    EXPECT_TRUE(is_taken("THROTTLED", listeners));
    const std::vector<ListenerInfo> inside = {{"private", ListenerKind::private_mail}};
    EXPECT_TRUE(is_taken("ACCEPTED", inside));
    EXPECT_FALSE(is_taken("BLOCKED", {{"public", ListenerKind::public_mail}})) << "an unknown listener meets it";
    EXPECT_FALSE(is_taken("ACCEPTED", {})) << "then every listener is public";
}

TEST(Verdict, IsUndecidedOnlyForNamesBeforeTheMatch)
{
    const std::string groups =
        "[[sender_group]]\nname = \"A\"\nlistener = \"public\"\npolicy = \"TRUSTED\"\nsenders = [\"192.0.2.0/24\"]\n"
        "[[sender_group]]\nname = \"B\"\nlistener = \"public\"\npolicy = \"BLOCKED\"\nsenders = [\".acme.test\"]\n";
    const auto snapshot = compile(groups);
    EXPECT_FALSE(connect(*snapshot, "192.0.2.1", HostState::temporary).undecided);
    EXPECT_TRUE(connect(*snapshot, "198.51.100.1", HostState::temporary).undecided);
    const auto switched_off = compile(groups + "[[listener_defaults]]\nlistener = \"public\"\ndefer_undecided = false\n");
    EXPECT_FALSE(connect(*switched_off, "198.51.100.1", HostState::temporary).undecided);
}

constexpr auto two_names =
    "[[sender_group]]\nname = \"A\"\nlistener = \"public\"\npolicy = \"TRUSTED\"\nsenders = [\".keys.test\"]\n"
    "[[sender_group]]\nname = \"B\"\nlistener = \"public\"\npolicy = \"THROTTLED\"\nsenders = [\"b.test\"]\n";

TEST(Verdict, MatchesAnyVerifiedName)
{
    const auto snapshot = compile(two_names);
    ConnectionFacts facts{"public", *parse_ip("192.0.2.1"), HostState::verified, "x.elsewhere.test"};
    facts.other_hosts = {"b.test", "Out.KEYS.test."};
    EXPECT_EQ(snapshot->decide_connection(facts).matched, ".keys.test");  // the first entry, whichever name has it
    facts.other_hosts = {"b.test"};
    EXPECT_EQ(snapshot->decide_connection(facts).sender_group, "B");
    facts.host_state = HostState::mismatch;
    EXPECT_EQ(snapshot->decide_connection(facts).sender_group, "ALL");
}

TEST(Verdict, IsUndecidedOverAnOpenNameThatAnEarlierGroupHas)
{
    const auto snapshot = compile(two_names);
    ConnectionFacts facts{"public", *parse_ip("192.0.2.1"), HostState::verified, "b.test"};
    facts.open_hosts = {"out.keys.test"};
    EXPECT_EQ(snapshot->decide_connection(facts).undecided_group, "A");
    facts.open_hosts = {"x.elsewhere.test"};
    EXPECT_FALSE(snapshot->decide_connection(facts).undecided);
    EXPECT_EQ(snapshot->decide_connection(facts).sender_group, "B");
    facts.host = "out.keys.test";  // meets the first group already
    facts.open_hosts = {"b.test"};
    EXPECT_FALSE(snapshot->decide_connection(facts).undecided);
    // Without any verified name: the names are known, and only theirs count.
    facts.host_state = HostState::temporary;
    EXPECT_EQ(snapshot->decide_connection(facts).undecided_group, "B");
    facts.open_hosts = {"x.elsewhere.test"};
    EXPECT_FALSE(snapshot->decide_connection(facts).undecided);
    facts.open_hosts.clear();
    EXPECT_EQ(snapshot->decide_connection(facts).undecided_group, "A");
}

TEST(Verdict, TakesHostChecksInTheirOrder)
{
    const auto snapshot = compile(
        "[[sender_group]]\nname = \"OK\"\nlistener = \"public\"\npolicy = \"TRUSTED\"\nsenders = [\"192.0.2.1\"]\n"
        "[[sender_group]]\nname = \"ODD\"\nlistener = \"public\"\npolicy = \"THROTTLED\"\nhost_checks = [\"no_ptr\", "
        "\"ptr_mismatch\"]\n");
    EXPECT_EQ(connect(*snapshot, "192.0.2.1", HostState::none).sender_group, "OK");
    EXPECT_EQ(connect(*snapshot, "192.0.2.2", HostState::none).matched, "host_checks: no_ptr");
    EXPECT_EQ(connect(*snapshot, "192.0.2.2", HostState::mismatch).matched, "host_checks: ptr_mismatch");
    EXPECT_EQ(connect(*snapshot, "192.0.2.2", HostState::temporary).sender_group, "ALL");
    EXPECT_EQ(connect(*snapshot, "192.0.2.2", HostState::verified, "a.acme.test").sender_group, "ALL");
}

TEST(Verdict, FillsVariablesIntoTexts)
{
    const auto snapshot =
        compile("[[sender_group]]\nname = \"G\"\nlistener = \"public\"\npolicy = \"BLOCKED\"\nsenders = [\"192.0.2.\"]\n");
    const ConnectionFacts facts{"public", *parse_ip("192.0.2.9"), HostState::none, ""};
    const auto verdict = snapshot->decide_connection(facts);
    EXPECT_EQ(expand_variables("$group $HOSTNAME $RemoteIP $HATEntry $5 $", verdict, facts), "G None 192.0.2.9 192.0.2. $5 $");
}

TEST(Recipient, MeetsTheFirstRowOfTheTable)
{
    const auto snapshot = compile(
        "[[recipient]]\naddress = [\"nobody@acme.test\", \"spam@\"]\naction = \"reject\"\ncode = 551\ntext = \"Gone\"\n"
        "[[recipient]]\naddress = [\"acme.test\", \".acme.test\"]\nbypass_limits = true\n");
    const auto decide = [&](const char* address) { return snapshot->decide_recipient("public", Behavior::accept, address); };
    EXPECT_TRUE(decide("Alice@ACME.test").accept);
    EXPECT_EQ(decide("alice@acme.test").matched, "acme.test");
    EXPECT_TRUE(decide("a@b.acme.test").bypass_limits);
    EXPECT_EQ(decide("Nobody@acme.test").code, 551U);
    EXPECT_FALSE(decide("spam@acme.test").accept);
    EXPECT_FALSE(decide("bob@partner.test").accept);
    EXPECT_FALSE(decide("bob@notacme.test").accept);
    EXPECT_FALSE(decide("alice%acme.test@partner.test").accept);
    EXPECT_TRUE(decide("Postmaster").accept);
    EXPECT_TRUE(snapshot->decide_recipient("public", Behavior::relay, "bob@partner.test").accept);
    EXPECT_FALSE(snapshot->decide_recipient("elsewhere", Behavior::accept, "alice@acme.test").accept);
    EXPECT_TRUE(snapshot->is_own_domain("acme.test"));
    EXPECT_FALSE(snapshot->is_own_domain("partner.test"));
}

TEST(Sender, NeedsTlsOrMeetsTheExceptionTable)
{
    const auto snapshot = compile(
        "[[listener_defaults]]\ntls_mandatory_senders = [\"partner.test\"]\nexception_table = true\n"
        "[[exception]]\naddress = \"good@spam.test\"\naction = \"allow\"\n[[exception]]\naddress = \"@spam.test\"\naction = "
        "\"reject\"\ncode = 554\n");
    const auto connection = connect(*snapshot, "192.0.2.1");
    EXPECT_TRUE(snapshot->decide_sender(connection, false, "bob@partner.test").needs_tls);
    EXPECT_TRUE(snapshot->decide_sender(connection, true, "bob@partner.test").accept);
    EXPECT_EQ(snapshot->decide_sender(connection, true, "bad@spam.test").code, 554U);
    EXPECT_TRUE(snapshot->decide_sender(connection, true, "good@spam.test").accept);
    EXPECT_TRUE(snapshot->decide_sender(connection, false, "").accept);
}

TEST(Route, TakesTheClosestDomain)
{
    const auto snapshot = compile(
        "[[route]]\ndomain = \"ALL\"\nhosts = [\"smart.acme.test\"]\n[[route]]\ndomain = \".acme.test\"\nhosts = [\"20 "
        "b.acme.test:26\", \"10 [2001:db8::1]:27\", \"192.0.2.1\"]\n"
        "[[route]]\ndomain = \"direct.acme.test\"\nhosts = \"USEDNS\"\n[[route]]\ndomain = \"hole.acme.test\"\nhosts = "
        "\"/dev/null\"\n");
    EXPECT_EQ(snapshot->find_route("partner.test")->hosts[0].host, "smart.acme.test");
    const auto* route = snapshot->find_route("x.ACME.test");
    ASSERT_EQ(route->hosts.size(), 3U);
    EXPECT_EQ(route->hosts[0].host, "192.0.2.1");
    EXPECT_EQ(route->hosts[1].host, "2001:db8::1");
    EXPECT_EQ(route->hosts[2].port, 26);
    EXPECT_EQ(snapshot->find_route("direct.acme.test"), nullptr);
    EXPECT_EQ(snapshot->find_route("hole.acme.test")->kind, Route::Kind::discard);
    EXPECT_EQ(snapshot->find_route("acme.test")->hosts[0].host, "smart.acme.test");
}

TEST(Route, TellsAMailDomainFromAHost)
{
    const auto snapshot =
        compile("[[route]]\ndomain = \"acme.test\"\nhosts = [\"5 relay.test\", \"5 relay.test:2525\", \"192.0.2.7\"]\n");
    const auto& hosts = snapshot->find_route("acme.test")->hosts;
    ASSERT_EQ(hosts.size(), 3U);
    EXPECT_FALSE(hosts[0].by_mx);  // the address, priority 0
    EXPECT_TRUE(hosts[1].by_mx);
    EXPECT_FALSE(hosts[2].by_mx);
}

TEST(Route, IsFoundAmongFortyThousand)
{
    std::string text;
    for (int i = 0; i < 40'000; ++i) {
        const std::string number = std::to_string(i);
        text += "[[route]]\ndomain = \"" + std::string(i % 2 == 0 ? "" : ".") + "d" + number + ".test\"\nhosts = [\"192.0.2." +
                std::to_string(i % 250) + ":25\"]\n";
    }
    const auto snapshot = compile(text);
    ASSERT_TRUE(snapshot);
    for (int i = 0; i < 40'000; ++i) {
        const std::string number = std::to_string(i);
        const auto* route = snapshot->find_route((i % 2 == 0 ? "d" : "mx.d") + number + ".test");
        ASSERT_NE(route, nullptr) << i;
        ASSERT_EQ(route->hosts.at(0).host, "192.0.2." + std::to_string(i % 250));
    }
    EXPECT_EQ(snapshot->find_route("d40000.test"), nullptr);
}

TEST(Route, NamesALoginThatItsNodeHas)
{
    const std::string text = "[[route]]\ndomain = \"ALL\"\nhosts = [\"192.0.2.7\"]\nlogin = \"relay\"\n";
    const auto compile_for = [&](std::optional<NodeFacts> node) {
        return Snapshot::compile(*parse_document(text, "test").document, listeners, 1, std::move(node));
    };
    EXPECT_TRUE(compile_for(std::nullopt).snapshot);
    EXPECT_TRUE(compile_for(NodeFacts{{"other", "relay"}, false}).snapshot);
    for (const std::vector<std::string>& logins : {std::vector<std::string>{}, {"relai"}}) {
        const auto compiled = compile_for(NodeFacts{logins, false});
        EXPECT_FALSE(compiled.snapshot);
        ASSERT_EQ(compiled.problems.size(), 1U);
        EXPECT_EQ(compiled.problems[0].key, "route.login");
    }
}

TEST(Destination, WarnsOfTagsThatWouldLoseBounces)
{
    const std::string all = "[[destination]]\ndomain = \"ALL\"\ntag_sender = true\n";
    const std::string one = "[[destination]]\ndomain = \"partner.test\"\ntag_sender = true\n";
    const std::string none = "[[destination]]\ndomain = \"other.test\"\n";
    for (const auto& [text, node, warnings, tags] : {std::tuple{all, std::optional(NodeFacts{{}, true}), 0U, true},
                                                     {all, std::optional<NodeFacts>(), 0U, true},
                                                     {all, std::optional(NodeFacts{}), 1U, true},
                                                     {one, std::optional(NodeFacts{{}, true}), 1U, true},
                                                     {all + none, std::optional(NodeFacts{{}, true}), 1U, true},
                                                     {none, std::optional(NodeFacts{}), 0U, false}}) {
        const auto compiled = Snapshot::compile(*parse_document(text, "test").document, listeners, 1, node);
        ASSERT_TRUE(compiled.snapshot);
        EXPECT_EQ(compiled.warnings.size(), warnings) << text;
        EXPECT_EQ(compiled.snapshot->tags_senders(), tags) << text;
    }
}

TEST(Postmaster, IsThatOfTheHostWhereSomethingLeadsOnElseOfADomainOfOursAboveIt)
{
    const std::string ours = "[[recipient]]\naddress = \"acme.test\"\n";
    const auto alias = [](const std::string& address) {
        return "[[alias]]\naddress = \"" + address + "\"\nto = \"it@acme.test\"\n";
    };
    const auto route = [](const std::string& domain, const std::string& host) {
        return "[[route]]\ndomain = \"" + domain + "\"\nhosts = [\"" + host + "\"]\n";
    };
    const std::string host = "mx1.site.acme.test";
    for (const auto& [text, domain] : std::vector<std::pair<std::string, std::string>>{
             {ours, "acme.test"},
             {ours + "[[recipient]]\naddress = \"site.acme.test\"\n", "site.acme.test"},
             {"[[recipient]]\naddress = \"postmaster@acme.test\"\n", "acme.test"},
             {"[[recipient]]\naddress = \"alice@acme.test\"\n", host},
             {ours + route("ALL", "smart.test"), "acme.test"},
             {ours + route(host, "USEDNS"), "acme.test"},
             {ours + route(".acme.test", "inner.acme.test"), host},
             {ours + alias("postmaster@" + host), host},
             {alias("postmaster@acme.test"), "acme.test"},
             {alias("@acme.test"), "acme.test"},
             {alias("info@acme.test"), host},
             {ours + alias("postmaster@site.acme.test"), "site.acme.test"},
             {ours + alias("postmaster@"), host},
             {ours + "[[domain_map]]\nfrom = \"" + host + "\"\nto = \"acme.test\"\n", host},
             {"", host}})
        EXPECT_EQ(compile(text)->find_postmaster_domain("public", host), domain) << text;
    EXPECT_EQ(compile(ours)->find_postmaster_domain("private", host), "acme.test") << "whom a RAT takes is ours everywhere";
    EXPECT_EQ(compile(ours)->find_postmaster_domain("public", "mx.elsewhere.test"), "mx.elsewhere.test");
}

TEST(Postmaster, IsWarnedOfWhereNothingLeadsOn)
{
    const std::string ours = "[[recipient]]\naddress = \"acme.test\"\n";
    const std::string alias = "[[alias]]\naddress = \"postmaster@mx.elsewhere.test\"\nto = \"it@acme.test\"\n";
    const std::string above = "[[alias]]\naddress = \"postmaster@elsewhere.test\"\nto = \"it@acme.test\"\n";
    const std::string completed = "[[listener_defaults]]\ndefault_domain = \"acme.test\"\n";
    const std::string everywhere = "[[route]]\ndomain = \"ALL\"\nhosts = [\"smart.test\"]\n";
    for (const auto& [text, hostname, warnings] : {std::tuple{ours, "mx.elsewhere.test", 1U},
                                                   {ours, "mx.acme.test", 0U},
                                                   {ours, "", 0U},
                                                   {std::string(), "mx.elsewhere.test", 0U},
                                                   {ours + alias, "mx.elsewhere.test", 0U},
                                                   {ours + above, "mx.elsewhere.test", 0U},
                                                   {ours + completed, "mx.elsewhere.test", 0U},
                                                   {ours + everywhere, "mx.elsewhere.test", 0U}}) {
        NodeFacts node;
        node.hostname = hostname;
        const auto compiled = Snapshot::compile(*parse_document(text, "test").document, listeners, 1, node);
        ASSERT_TRUE(compiled.snapshot);
        ASSERT_EQ(compiled.warnings.size(), warnings) << text << hostname;
        for (const auto& warning : compiled.warnings) EXPECT_EQ(warning.key, "alias");
    }
}

TEST(Destination, IsSuspendedByItselfOrWithAllOthers)
{
    const std::string own = "[[destination]]\ndomain = \"partner.test\"\ntls = \"required\"\n";
    const auto one = compile("[[destination]]\ndomain = \".away.test\"\nsuspended = true\n" + own);
    EXPECT_TRUE(one->is_suspended("mail.away.test"));
    EXPECT_FALSE(one->is_suspended("partner.test"));
    EXPECT_FALSE(one->is_suspended("other.test"));
    const auto all = compile("[[destination]]\ndomain = \"ALL\"\nsuspended = true\n" + own);
    EXPECT_TRUE(all->is_suspended("partner.test"));
    EXPECT_TRUE(all->is_suspended("other.test"));
}

TEST(Destination, FallsBackToTheBuiltInDefault)
{
    const auto snapshot =
        compile("[[destination]]\ndomain = \".partner.test\"\ntls = \"required_verify\"\nmax_connections = 3\n");
    EXPECT_EQ(snapshot->find_destination("mail.partner.test").tls, TlsLevel::required_verify);
    EXPECT_EQ(snapshot->find_destination("partner.test").tls, TlsLevel::preferred);
    EXPECT_EQ(snapshot->find_destination("partner.test").max_connections, 20U);
}

TEST(Destination, KnowsEachLevelOfTlsByItsWord)
{
    for (const TlsLevel level : {TlsLevel::none, TlsLevel::preferred, TlsLevel::required, TlsLevel::preferred_verify,
                                 TlsLevel::required_verify, TlsLevel::dane, TlsLevel::dane_required, TlsLevel::mta_sts}) {
        const std::string word(format_tls_level(level));
        const auto snapshot = compile("[[destination]]\ndomain = \"partner.test\"\ntls = \"" + word + "\"\n");
        EXPECT_EQ(snapshot->find_destination("partner.test").tls, level) << word;
    }
}

}  // namespace
}  // namespace sealpost::policy
