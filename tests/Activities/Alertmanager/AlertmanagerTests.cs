using FluentAssertions;
using Homelab.Activities;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Homelab.Tests.Activities.Alertmanager;

public sealed class AlertmanagerFixture : ServerFixture
{
    public const string Program = "/usr/bin/prometheus-alertmanager";

    internal RealServer Server { get; private set; } = null!;

    internal ActivityEnvironment Environment { get; private set; } = null!;

    protected override IEnumerable<string> Programs => [Program];

    protected override async Task StartAsync()
    {
        Server = await StartAsync("alertmanager");
        Environment = new(("Activities:Alertmanager:default:Url", Server.Said["URL"]));
    }
}

[Trait("Category", "Servers")]
public sealed class AlertmanagerTests(AlertmanagerFixture fixture) : IClassFixture<AlertmanagerFixture>
{
    private ActivityEnvironment Environment => fixture.Environment;

    [ServerFact(AlertmanagerFixture.Program)]
    public async Task CreateSilence_ThenUndone_SilencesAndNot()
    {
        using var http = new HttpClient { BaseAddress = new(fixture.Server.Said["URL"]) };
        await http.PostAsJsonAsync("/api/v2/alerts", new[] { new { labels = new { alertname = "Lab", host = "a b" }, annotations = new { } } });
        var input = new { labels = new { alertname = "Lab" }, minutes = 5, comment = "being worked on" };
        (await Environment.ProbeAsync("alertmanager.create_silence", input)).Should().Be(Probe.DidNotHappen);
        await Environment.RunAsync("alertmanager.create_silence", input, dryRun: true);
        (await http.GetFromJsonAsync<JsonArray>("/api/v2/silences")).Should().BeEmpty();

        var output = await Environment.RunAsync("alertmanager.create_silence", input);
        var again = await Environment.RunAsync("alertmanager.create_silence", input);
        again["silenceId"]!.GetValue<string>().Should().Be(output["silenceId"]!.GetValue<string>(), "a retry of the same step makes no second one");
        (await http.GetFromJsonAsync<JsonArray>("/api/v2/silences")).Should().ContainSingle();
        var alerts = (await Environment.RunAsync("alertmanager.list_alerts", new { filters = new[] { "host=\"a b\"" } }))["alerts"]!.AsArray();
        alerts.Should().ContainSingle().Which!["state"]!.GetValue<string>().Should().Be("suppressed");
        (await Environment.ProbeAsync("alertmanager.create_silence", input)).Should().Be(Probe.Happened);
        (await Environment.RunAsync("alertmanager.list_silences", new { }))["silences"]![0]!["matchers"]![0]!.GetValue<string>().Should().Be("alertname=\"Lab\"");

        await Environment.UndoAsync("alertmanager.create_silence", input, output);
        (await http.GetFromJsonAsync<JsonArray>("/api/v2/silences"))![0]!["status"]!["state"]!.GetValue<string>().Should().Be("expired");
        var after = (await Environment.RunAsync("alertmanager.list_alerts", new { }))["alerts"]!.AsArray();
        after.Should().ContainSingle().Which!["state"]!.GetValue<string>().Should().Be("active");
    }

    [ServerFact(AlertmanagerFixture.Program)]
    public async Task CreateSilence_NoLabel_IsRefused()
    {
        var create = () => Environment.RunAsync("alertmanager.create_silence", new { labels = new { }, comment = "all" });
        (await create.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("everything");
    }

    [ServerFact(AlertmanagerFixture.Program)]
    public async Task ExpireSilence_UnknownOne_IsRefused()
    {
        var expire = () => Environment.RunAsync("alertmanager.expire_silence", new { silenceId = "6a1e1f5c-8c0e-4c0b-9d3d-1f2e3d4c5b6a" });
        (await expire.Should().ThrowAsync<ActivityException>()).Which.Should().Match<ActivityException>(failure => !failure.Retryable && failure.Message.Contains("404"));
    }

    [ServerFact(AlertmanagerFixture.Program)]
    public async Task GetStatus_Running_AnswersTheVersion() =>
        (await Environment.RunAsync("alertmanager.get_status", new { }))["version"]!.GetValue<string>().Should().StartWith("0.");
}
