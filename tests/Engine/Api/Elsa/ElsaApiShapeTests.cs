using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Api.Elsa.Instances;
using Homelab.Engine.Runs;
using Homelab.Tests.Conformance;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using Xunit.Abstractions;

namespace Homelab.Tests.Engine.Api.Elsa;

/// <summary>Recorded requests are sent again in their order; the answers must have the status and every field of the recorded ones.</summary>
[Trait("Category", "Conformance")]
public sealed class ElsaApiShapeTests(ElsaHost host, ITestOutputHelper output) : IClassFixture<ElsaHost>
{
    private readonly Dictionary<string, string> _ours = [];

    [ConformanceFact("elsa-api/rest-samples.json")]
    public async Task EverySample_AnswersWithTheRecordedShape()
    {
        List<string> wrong = [];
        var samples = JsonNode.Parse(await File.ReadAllTextAsync(ConformanceFolder.Path("elsa-api/rest-samples.json")))!.AsArray();

        // Elsa's cancel had not taken hold when the run was recorded after it; here it is asked for when everything was looked at.
        foreach (var sample in samples.Select(sample => sample!.AsObject()).OrderBy(sample => sample["path"]!.ToString().StartsWith("/cancel/", StringComparison.Ordinal)))
        {
            var name = $"{sample["method"]} {sample["path"]}";
            await SettleAsync(sample["path"]!.ToString());
            using var answer = await SendAsync(sample);
            var body = await answer.Content.ReadAsStringAsync();
            var expectedStatus = (HttpStatusCode)(int)sample["status"]!;
            if (answer.StatusCode != expectedStatus)
                wrong.Add($"{name}: {(int)answer.StatusCode} instead of {(int)expectedStatus}: {body[..Math.Min(300, body.Length)]}");
            else if (sample["response"] is JsonObject or JsonArray)
                wrong.AddRange(JsonShape.Missing(sample["response"], JsonNode.Parse(body)).Distinct().Select(missing => $"{name}: {missing}"));
            Remember(sample, answer);
        }

        output.WriteLine($"{samples.Count} samples");
        wrong.ForEach(output.WriteLine);
        wrong.Should().BeEmpty();
    }

    [ConformanceFact("elsa-api/descriptors-activities.json")]
    public async Task ActivityDescriptors_HaveElsasFieldsAndNames()
    {
        var recorded = JsonNode.Parse(await File.ReadAllTextAsync(ConformanceFolder.Path("elsa-api/descriptors-activities.json")))!["items"]!.AsArray();
        var ours = JsonNode.Parse(await host.Client.GetStringAsync("/elsa/api/descriptors/activities"))!["items"]!.AsArray();
        List<string> wrong = [];
        foreach (var activity in recorded.Select(item => item!.AsObject()))
        {
            var type = activity["typeName"]!.ToString();
            if (ours.FirstOrDefault(item => item!["typeName"]!.ToString() == type) is not { } mine)
                continue;
            activity.Remove("uiSpecifications");
            foreach (var port in activity["ports"]!.AsArray())
                if (!mine["ports"]!.AsArray().Any(item => item!["name"]!.ToString() == port!["name"]!.ToString() && item["type"]!.ToString() == port["type"]!.ToString()))
                    wrong.Add($"{type}: no port {port!["name"]}");
            wrong.AddRange(activity.Where(field => field.Key is not ("inputs" or "outputs" or "ports" or "customProperties" or "description") && mine[field.Key] is null).Select(field => $"{type}: no {field.Key}"));
            foreach (var input in mine["inputs"]!.AsArray())
                if (activity["inputs"]!.AsArray().FirstOrDefault(item => item!["name"]!.ToString() == input!["name"]!.ToString()) is not { } known)
                    wrong.Add($"{type}: Elsa has no input {input!["name"]}");
                else if (known["typeName"]!.ToString() != input!["typeName"]!.ToString() || known["isWrapped"]!.ToString() != input["isWrapped"]!.ToString())
                    wrong.Add($"{type}.{input["name"]}: {input["typeName"]} instead of {known["typeName"]}");
        }

        wrong.Should().BeEmpty();
        ours.Select(item => item!["typeName"]!.ToString()).Should().Contain(["Elsa.If", "Elsa.Cron", "Elsa.HttpEndpoint", "Elsa.RunJavaScript"]).And.NotContain(["Elsa.RunCSharp", "Elsa.RunPython"]);
    }

    private async Task<HttpResponseMessage> SendAsync(JsonObject sample)
    {
        using var request = new HttpRequestMessage(new HttpMethod(sample["method"]!.ToString()), "/elsa/api" + Translate(sample["path"]!.ToString()));
        if (sample["request"] is { } body)
            request.Content = new StringContent(Translate(body.ToJsonString()), Encoding.UTF8, "application/json");
        return await host.Client.SendAsync(request);
    }

    private string Translate(string text) => _ours.Aggregate(text, (current, pair) => current.Replace(pair.Key, pair.Value, StringComparison.Ordinal));

    /// <summary>The recording knows runs and versions by Elsa's ids; ours have their own.</summary>
    private void Remember(JsonObject sample, HttpResponseMessage answer)
    {
        var recorded = (sample["response"] as JsonObject)?["workflowInstanceId"]?.ToString() ?? (sample["response"] as JsonObject)?["workflowState"]?["id"]?.ToString();
        if (recorded is null || !answer.IsSuccessStatusCode && answer.StatusCode != HttpStatusCode.InternalServerError)
            return;
        var body = JsonNode.Parse(answer.Content.ReadAsStringAsync().GetAwaiter().GetResult());
        if ((body?["workflowInstanceId"] ?? body?["workflowState"]?["id"])?.ToString() is { } ours)
            _ours[recorded] = ours;
    }

    private async Task SettleAsync(string path)
    {
        foreach (var (recorded, ours) in _ours)
        {
            if (!path.Contains(recorded, StringComparison.Ordinal))
                continue;
            await host.App.Services.GetRequiredService<RunStarter>().WaitUntilIdleAsync(new RunId(ours), TimeSpan.FromSeconds(10), default);

            // Accepted and not begun is idle too.
            await TestWait.UntilAsync(async () =>
                await host.App.Services.GetRequiredService<Homelab.Engine.Dispatch.Runs>().FindAsync(new RunId(ours), default) is not { SubStatus: RunSubStatus.Pending or RunSubStatus.Executing });
        }
    }
}
