using System.ComponentModel;
using System.Globalization;
using Homelab.Engine.Api;
using Homelab.Engine.Controls;
using Homelab.Engine.Operations;
using Homelab.Engine.SignIn;
using Homelab.Engine.Storage;
using Homelab.Engine.Triggers;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.Incidents;

/// <summary>Where alerts come in. 202 is answered once they are stored; a refusal accepted nothing.</summary>
internal static class AlertsApi
{
    public const string Path = "/api/alerts";

    private delegate (Delivery? Delivery, IReadOnlyList<Fault> Faults) Read(AlertParts parts, byte[] body);

    public static IEndpointRouteBuilder MapAlerts(this IEndpointRouteBuilder api)
    {
        // Each sender has its own proof; requests are limited by the inbox, not by the API's rates.
        var alerts = api.MapGroup("/alerts").WithTags("Alerts").AllowAnonymous();
        alerts.MapPost("/alertmanager", (HttpContext http, [AsParameters] AlertParts parts) => TakeAsync(http, parts, "alertmanager", Alertmanager("alertmanager")))
            .WithName("TakeAlertmanager").WithSummary("Alertmanager's webhook").Takes("application/json");
        alerts.MapPost("/grafana", (HttpContext http, [AsParameters] AlertParts parts) => TakeAsync(http, parts, "grafana", Alertmanager("grafana")))
            .WithName("TakeGrafana").WithSummary("Grafana alerting's webhook").Takes("application/json");
        alerts.MapPost("/uptime-kuma", (HttpContext http, [AsParameters] AlertParts parts) => TakeAsync(http, parts, "uptime-kuma", UptimeKuma))
            .WithName("TakeUptimeKuma").WithSummary("Uptime Kuma's webhook (content type JSON)").Takes("application/json");
        alerts.MapPost("/json/{mapping}", (string mapping, HttpContext http, [AsParameters] AlertParts parts) => TakeAsync(http, parts, $"json/{mapping}", Mapped(mapping)))
            .WithName("TakeJson").WithSummary("Any JSON, by a mapping of rules/library/incidents.json").Takes("application/json");
        alerts.MapPost("/text", (HttpContext http, [AsParameters] AlertParts parts) => TakeAsync(http, parts, "text", Words(http)))
            .WithName("TakeText").WithSummary("What a person says: the site is slow").Takes("text/plain", "application/json");
        return api;
    }

    private static IEndpointConventionBuilder Takes(this RouteHandlerBuilder route, string type, params string[] others) =>
        route.Accepts<AlertBody>(type, others).Produces<AlertsTaken>(StatusCodes.Status202Accepted).ProducesProblem(400).ProducesProblem(401).ProducesProblem(413).ProducesProblem(503).DisableRequestTimeout();

    private static async Task<IResult> TakeAsync(HttpContext http, AlertParts parts, string path, Read read)
    {
        try
        {
            // Who cannot be let in whatever the body says is turned away before it is read.
            var route = Route(path);
            if (parts.Guard.SecretOf(route) is not { Proof: WebhookProof.Hmac } && await RefusalAsync(http, parts, route, []) is { } early)
                return Unknown(early);
            var body = await RequestReader.BodyAsync(http.Request, parts.Webhooks.Value.MaxBodyBytes, http.RequestAborted);
            if (await RefusalAsync(http, parts, route, body) is { } refused)
                return Unknown(refused);
            var (delivery, faults) = read(parts, body);
            if (delivery is null)
                return Problems.Invalid(faults);
            await parts.Inbox.AddAsync(delivery, http.RequestAborted);
            return TypedResults.Accepted((string?)null, new AlertsTaken(delivery.Alerts.Count, delivery.Missing?.Count ?? 0));
        }
        catch (BadDeliveryException bad)
        {
            return Problems.Of(bad.Status, "Nothing was accepted.", "body", null, bad.Message, "Correct the sender and send it again.");
        }
        catch (Exception lost) when (lost is InboxFullException or StoreUnavailableException or System.Data.Common.DbException)
        {
            // Alertmanager tries again on 5xx only; a 429 would be the end of it.
            http.Response.Headers.RetryAfter = ((int)Math.Ceiling((lost as InboxFullException)?.RetryAfter.TotalSeconds ?? 5)).ToString(CultureInfo.InvariantCulture);
            return Problems.Of(StatusCodes.Status503ServiceUnavailable, "Nothing was accepted.", "inbox", null, parts.Secrets.Hide(lost.Message), "Send it again in some seconds.");
        }
    }

    /// <summary>As workflow endpoints have it: a secret for this path where one is set; else this machine, or a caller who may act.</summary>
    private static async Task<string?> RefusalAsync(HttpContext http, AlertParts parts, EndpointRoute route, byte[] body) =>
        parts.Guard.SecretOf(route) is null && http.User.Identity?.IsAuthenticated == true && !((http.User.IsInRole(Policies.Operator) || http.User.IsInRole(Policies.Admin)) && Scopes.Allow(http.User, http.Request))
            ? "This caller may not send alerts: it needs the role operator, and a key with scopes the scope 'alerts'."
            : await parts.Guard.RefusalAsync(http, route, body);

    private static EndpointRoute Route(string path) => new() { DefinitionId = "alerts", ActivityId = path, Path = $"api/alerts/{path}", Method = "post" };

    private static ProblemHttpResult Unknown(string why) => Problems.Of(
        StatusCodes.Status401Unauthorized, "The sender is not known.", "credentials", null, why, "Send the header 'Authorization: ApiKey KEY' (or X-Api-Key), or set a secret for this path (Webhooks:Secrets:NAME:Path).");

    private static Read Alertmanager(string source) => (_, body) =>
    {
        using var document = DeliveryReader.Parse(body);
        return DeliveryReader.Alertmanager(document.RootElement, source);
    };

    private static (Delivery? Delivery, IReadOnlyList<Fault> Faults) UptimeKuma(AlertParts parts, byte[] body)
    {
        using var document = DeliveryReader.Parse(body);
        return DeliveryReader.UptimeKuma(document.RootElement, parts.Rules.Current);
    }

    private static Read Mapped(string name) => (parts, body) =>
    {
        if (!parts.Rules.Current.Mappings.TryGetValue(name, out var mapping))
        {
            return (null, [new Fault("mapping", name, "There is no such mapping in incidents.json.",
                parts.Rules.Current.Mappings.Count == 0 ? "Add it under 'mappings'." : $"Add it under 'mappings', or use one of {string.Join(", ", parts.Rules.Current.Mappings.Keys.Order(StringComparer.Ordinal))}.")]);
        }

        using var document = DeliveryReader.Parse(body);
        return DeliveryReader.Mapped(document.RootElement, name, mapping);
    };

    private static Read Words(HttpContext http) => (parts, body) =>
    {
        var by = Caller.TryRead(http.User, out var caller) ? caller.Name : "";
        return DeliveryReader.Words(DeliveryReader.TextOf(body, http.Request.HasJsonContentType()), by, parts.Rules.Current, parts.Settings.Preferences?.Dependencies.Names.Concat(parts.Settings.Preferences.Services.Keys) ?? []);
    };
}

/// <summary>What taking an alert needs.</summary>
internal sealed record AlertParts(
    [FromServices] AlertInbox Inbox, [FromServices] WebhookGuard Guard, [FromServices] LiveIncidentRules Rules, [FromServices] LiveSettings Settings, [FromServices] IOptions<WebhookSettings> Webhooks, [FromServices] Secrets Secrets);

/// <summary>Whatever the sender sends: its own format.</summary>
internal sealed record AlertBody
{
    [Description("Of free text: what is wrong, in a sentence.")]
    public string? Text { get; init; }
}

/// <param name="Alerts">How many alerts are stored.</param>
/// <param name="Hidden">How many the sender left out; they are read from it.</param>
internal sealed record AlertsTaken(int Alerts, int Hidden);
