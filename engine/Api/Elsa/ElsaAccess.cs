using Homelab.Engine.SignIn;
using Microsoft.AspNetCore.Authorization;

namespace Homelab.Engine.Api.Elsa;

/// <summary>Whether the caller may change definitions: what they may not do is not offered in Studio either.</summary>
internal sealed class ElsaAccess(IAuthorizationService authorization)
{
    public async Task<bool> MayEditAsync(HttpContext http) => (await authorization.AuthorizeAsync(http.User, http, Policies.Admin)).Succeeded;
}
