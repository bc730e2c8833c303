using FluentAssertions;
using Homelab.Activities;
using Homelab.Activities.Prometheus;
using Xunit;

namespace Homelab.Tests.Activities.Prometheus;

public sealed class PrometheusFixture : ServerFixture
{
    public const string Program = "/usr/bin/prometheus";

    internal RealServer Server { get; private set; } = null!;

    internal ActivityEnvironment Environment { get; private set; } = null!;

    internal string Rules => Path.Combine(Server.Data, "rules.yml");

    protected override IEnumerable<string> Programs => [Program];

    protected override async Task StartAsync()
    {
        Server = await StartAsync("prometheus", data =>
        {
            File.WriteAllText(Path.Combine(data, "rules.yml"), """
                groups:
                - name: lab
                  rules:
                  # The load; kept by every edit.
                  - alert: HighLoad
                    expr: node_load1 > 4.5
                    for: 5m
                  - alert: Always
                    expr: |
                      vector(1)
                        > 0
                    labels: {severity: info}
                """);
            File.WriteAllText(Path.Combine(data, "prometheus.yml"), """
                global: {scrape_interval: 1s, evaluation_interval: 1s}
                rule_files: [rules.yml]
                scrape_configs:
                - {job_name: gone, static_configs: [{targets: ["127.0.0.1:1"]}]}
                """);
        });
        Environment = new(
            ("Activities:Prometheus:default:Url", Server.Said["URL"]), ("Activities:Prometheus:default:RulesHost", "here"), ("Activities:Ssh:here:Local", "true"));
    }
}

[Trait("Category", "Servers")]
public sealed class PrometheusTests(PrometheusFixture fixture) : IClassFixture<PrometheusFixture>
{
    private ActivityEnvironment Environment => fixture.Environment;

    [ServerFact(PrometheusFixture.Program)]
    public async Task QueryMetrics_VectorAndScalar_AreRead()
    {
        var vector = await Environment.RunAsync("prometheus.query_metrics", new { query = "label_replace(vector(7), \"a\", \"b & c\", \"\", \"\")" });
        vector["value"]!.GetValue<double>().Should().Be(7);
        vector["samples"]![0]!["labels"]!["a"]!.GetValue<string>().Should().Be("b & c");
        (await Environment.RunAsync("prometheus.query_metrics", new { query = "1/0" })).ContainsKey("value").Should().BeFalse();
    }

    [ServerFact(PrometheusFixture.Program)]
    public async Task QueryMetrics_BadExpression_FailsForGoodWithThePlace()
    {
        var query = () => Environment.RunAsync("prometheus.query_metrics", new { query = "up{" });
        (await query.Should().ThrowAsync<ActivityException>()).Which.Should().Match<ActivityException>(failure => !failure.Retryable && failure.Message.Contains("parse error"));
    }

    [ServerFact(PrometheusFixture.Program)]
    public async Task QueryRange_Constant_HasEveryPoint()
    {
        var output = await Environment.RunAsync("prometheus.query_range", new { query = "vector(3)", minutes = 10, stepSeconds = 60 });
        output["series"]![0]!["points"]!.AsArray().Select(point => point!["value"]!.GetValue<double>()).Should().HaveCount(11).And.AllBeEquivalentTo(3.0);
    }

    [ServerFact(PrometheusFixture.Program)]
    public async Task Lists_RulesAlertsTargets_AreRead()
    {
        (await Environment.RunAsync("prometheus.list_rules", new { }))["rules"]!.AsArray().Select(rule => rule!["name"]!.GetValue<string>()).Should().BeEquivalentTo("HighLoad", "Always");
        await UntilAsync(async () => (await Environment.RunAsync("prometheus.list_alerts", new { }))["alerts"]!.AsArray()
            .Any(alert => alert!["name"]!.GetValue<string>() == "Always" && alert["state"]!.GetValue<string>() == "firing"));
        await UntilAsync(async () => (await Environment.RunAsync("prometheus.list_targets", new { }))["down"]!.GetValue<int>() == 1);
    }

    [ServerFact(PrometheusFixture.Program)]
    public async Task EditThreshold_ThenUndone_IsTheSameFile()
    {
        var original = await File.ReadAllTextAsync(fixture.Rules);
        foreach (var (rule, threshold, loaded) in new[] { ("HighLoad", 9.25, "node_load1 > 9.25"), ("Always", -1, "vector(1) > -1") })
        {
            var input = new { rule, threshold };
            (await Environment.ProbeAsync("prometheus.edit_threshold", input)).Should().Be(Probe.DidNotHappen);
            await Environment.RunAsync("prometheus.edit_threshold", input, dryRun: true);
            (await File.ReadAllTextAsync(fixture.Rules)).Should().Be(original);
            var output = await Environment.RunAsync("prometheus.edit_threshold", input);
            using var http = new HttpClient();
            (await http.GetStringAsync($"{fixture.Server.Said["URL"]}/api/v1/rules")).Replace("\\u003e", ">", StringComparison.Ordinal).Should().Contain(loaded);
            (await Environment.ProbeAsync("prometheus.edit_threshold", input)).Should().Be(Probe.Happened);
            await Environment.UndoAsync("prometheus.edit_threshold", input, output);
            (await File.ReadAllTextAsync(fixture.Rules)).Should().Be(original);
            (await Environment.ProbeAsync("prometheus.edit_threshold", input)).Should().Be(Probe.DidNotHappen);
        }
    }

    [ServerFact(PrometheusFixture.Program)]
    public async Task EditThreshold_UnknownRule_IsRefused()
    {
        var target = () => Environment.TargetAsync("prometheus.edit_threshold", new { rule = "Nobody", threshold = 1 });
        (await target.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("'Nobody'");
    }

    [ServerFact(PrometheusFixture.Program)]
    public async Task ReloadConfiguration_Good_IsSeenByPrometheus()
    {
        (await Environment.RunAsync("prometheus.reload_configuration", new { }))["reloaded"]!.GetValue<bool>().Should().BeTrue();
        var report = await Environment.Connections.Single(connection => connection.Tool == "Prometheus").TestAsync("default", default);
        report.Should().Match<ConnectionReport>(it => it.Reachable && it.Version!.StartsWith("2."));
    }

    [Theory]
    [InlineData("- expr: a > 1\n  alert: X\n")]
    [InlineData("- alert: X\n  for: 5m\n- alert: Y\n  expr: a > 1\n")]
    [InlineData("- alert: X\n  expr: absent(a)\n")]
    [InlineData("- alert: X\n  expr: a > 1\n- alert: X\n  expr: a > 2\n")]
    public void Edit_NotCertainWhichNumber_IsRefused(string file) =>
        FluentActions.Invoking(() => EditThreshold.Edit(file, "X", 2)).Should().Throw<ActivityException>();

    [Theory]
    [InlineData("- alert: X\n  expr: a > 1 # one\n  for: 1m\n", "- alert: X\n  expr: a > 2 # one\n  for: 1m\n")]
    [InlineData("- alert: \"X\"\n  expr: 'a{b=\"c > 5\"} >= 1e3'\n", "- alert: \"X\"\n  expr: 'a{b=\"c > 5\"} >= 2'\n")]
    [InlineData("  - alert: X\n    expr: >-\n      a\n      < 1\n    for: 1m\n  - alert: Y\n    expr: a > 1\n", "  - alert: X\n    expr: >-\n      a\n      < 2\n    for: 1m\n  - alert: Y\n    expr: a > 1\n")]
    public void Edit_OneNumber_ChangesOnlyIt(string file, string edited) => EditThreshold.Edit(file, "X", 2).Edited.Should().Be(edited);

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await holds())
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, limit.Token);
    }
}
