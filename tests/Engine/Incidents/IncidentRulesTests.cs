using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Incidents;
using Homelab.Tests.Rules.Decisions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Incidents;

public sealed class IncidentRulesTests
{
    [Theory]
    [InlineData("{", "$", "not JSON")]
    [InlineData("""{"kinds":{"unknown":{"title":"x"}},"rules":[],"windw":"00:05:00"}""", "$.windw", "not known here")]
    [InlineData("""{"kinds":{"unknown":{"title":"x"}},"rules":[],"window":"five"}""", "$.window", "hours:minutes:seconds")]
    [InlineData("""{"kinds":{"a":{"title":"x","explains":["b"]},"unknown":{"title":"x"}},"rules":[]}""", "$.kinds.a.explains", "'b' is not one of the kinds")]
    [InlineData("""{"kinds":{"a":{"title":"x"}},"rules":[]}""", "$.kinds", "'unknown' is missing")]
    [InlineData("""{"kinds":{"unknown":{"title":"x"}},"rules":[{"kind":"b","when":{"alertname":"x"},"thing":"service"}],"fields":{"service":["service"]}}""", "$.rules[0].kind", "'b' is not one")]
    [InlineData("""{"kinds":{"unknown":{"title":"x"}},"rules":[{"kind":"unknown","when":{"alertname":"(x"},"thing":"service"}],"fields":{"service":["service"]}}""", "$.rules[0].when.alertname", "no pattern that can be used")]
    [InlineData("""{"kinds":{"unknown":{"title":"x"}},"rules":[{"kind":"unknown","when":{},"thing":"service"}],"fields":{"service":["service"]}}""", "$.rules[0].when", "fits everything")]
    [InlineData("""{"kinds":{"unknown":{"title":"x"}},"rules":[{"kind":"unknown","when":{"a":"b"},"thing":"service","target":"x:{nothing}"}],"fields":{"service":["service"]}}""", "$.rules[0].target", "'{nothing}'")]
    public void Read_ABadFile_NamesThePathAndTheRule(string text, string path, string says)
    {
        var (rules, problems) = IncidentRulesReader.Read(text);
        rules.Should().BeNull();
        problems.Should().Contain(problem => problem.Path == path && problem.Message.Contains(says), string.Join('\n', problems));
    }

    [Fact]
    public void Read_TheShippedFile_KnowsAllKinds()
    {
        string[] kinds =
        [
            "backup_failed", "blocking_queries", "certificate_expiring", "config_drift", "connections_exhausted", "container_down", "container_unhealthy", "database_bloat", "disk_filling", "dns_failing", "guest_down",
            "high_cpu", "high_memory", "host_down", "interface_down", "log_flood", "long_query", "memory_leak", "response_degraded", "restart_loop", "service_down", "unknown",
        ];
        ShippedIncidentRules.Rules.Kinds.Keys.Should().BeEquivalentTo(kinds);
    }

    [Fact]
    public async Task Edit_Good_CountsWithinASecond_AndABadOneKeepsWhatWas()
    {
        var directory = Directory.CreateTempSubdirectory("homelab-rules-").FullName;
        foreach (var file in Directory.EnumerateFiles(ShippedPolicy.Directory, "*.json"))
            File.Copy(file, Path.Combine(directory, Path.GetFileName(file)));
        var path = Path.Combine(directory, IncidentRulesReader.FileName);
        await using var server = await TestServer.StartAsync(("Rules:Directory", directory));
        await server.SignInAsync();
        var live = server.Services.GetRequiredService<LiveIncidentRules>();
        live.Current.Window.Should().Be(TimeSpan.FromMinutes(5));

        var text = await File.ReadAllTextAsync(path);
        await File.WriteAllTextAsync(path, text.Replace("\"window\": \"00:05:00\"", "\"window\": \"00:07:00\"", StringComparison.Ordinal));
        await TestWait.UntilAsync(() => Task.FromResult(live.Current.Window == TimeSpan.FromMinutes(7)));
        await File.WriteAllTextAsync(path, text.Replace("\"window\": \"00:05:00\"", "\"window\": 7", StringComparison.Ordinal));
        await TestWait.UntilAsync(() => Task.FromResult(live.Problems.Count > 0));
        live.Current.Window.Should().Be(TimeSpan.FromMinutes(7));
        var controls = (await server.Http.GetFromJsonAsync<JsonNode>("/api/controls"))!;
        controls["problems"]!.AsArray().Select(problem => (string?)problem!["path"]).Should().Equal("$.window");
        ((bool)controls["canAct"]!).Should().BeTrue("what alerts mean is not what the gate decides by");
        Directory.Delete(directory, recursive: true);
    }
}
