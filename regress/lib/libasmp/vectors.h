/*
 * Copyright (c) 2026 The asmpd developers
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */


/*
 * One whole handshake of profile asmp with an Ed25519 device, and the keys
 * that come of it.  The values were computed with independent Python code
 * on pyca cryptography; Noise was checked against PyPI's noiseprotocol.
 *
 * Device ephemeral 00..1f, gateway ephemeral 20..3f, gateway Ed25519 seed
 * 80..9f, device Ed25519 seed a0..bf, device nonce c0..cf, gateway nonce
 * e0..ef, options 0, max_in 4096, no group.
 */

#ifndef VECTORS_H
#define VECTORS_H

#define V_GATEWAY_ID	"GATEWAY_CLINIC_A"
#define V_DEVICE_ID	"BP_MONITOR_001"
#define V_DEVICE_E	0x00
#define V_GATEWAY_E	0x20
#define V_GATEWAY_SEED	0x80
#define V_DEVICE_SEED	0xa0
#define V_DEVICE_NONCE	0xc0
#define V_GATEWAY_NONCE	0xe0
#define V_MAX_IN	4096

#define V_PROLOGUE \
	"41534d502f310000010005000000000000000000000000000000000000002402" \
	"001000"
#define V_M1 \
	"8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f"
#define V_M2 \
	"358072d6365880d1aeea329adf9121383851ed21a28e3b75e965d0d2cd166254" \
	"21cba29cd19e39fe3729007bb8c912e7"
#define V_N1 \
	"f8c34b5f23c84db060d81dfcdabd412ca1c9b21191cdfd0cb9bf093aef43455f"
#define V_N2 \
	"6f601ccaf57aebd8957cc7ef94e82a51207733c1b720e7b638d553e6dcd23604"
#define V_H \
	"b2e559ee6760f337fedc6cd2caee96c1492cf347457e487e20cc8651929a802e"
#define V_HS_D \
	"29127af164f0498842801349aecd6fe01984da2f63a083791dccc25d6d95b70a"
#define V_HS_G \
	"63ebb07ec5457324f1c7b0a90d885f48107f43348eb53800062c52c1c6d35fd1"
#define V_GPT \
	"e0e1e2e3e4e5e6e7e8e9eaebecedeeef519cae93e93ad011d785355894405ed8" \
	"fa8162c6e54ada133bbb6dbb932df57b10474154455741595f434c494e49435f" \
	"41883361b8cd4c551c800be43adb779e15d360f06b073edf71a18b34db61bef9" \
	"dde657f9a524eebdeb0018d04f1363a0348978a5ecb7f0db957573e824f117d4" \
	"03"
#define V_T1 \
	"462ab11b53e479d04eeaa18f3f0005b0939d20c943e4db6a588bda431a119734"
#define V_BODY \
	"010000c0c1c2c3c4c5c6c7c8c9cacbcccdcecf0e42505f4d4f4e49544f525f30" \
	"3031"
#define V_PROOF \
	"32253998c62bcab03bfcdc7369138cb7031fd7506ab6fb7ec8bed48de540df7a" \
	"04666e31b5da202ed50b59328ff68571636d9607ce309744ec2221fa311e9c03"
#define V_X \
	"0000000000000000000000000000000000000000000000000000000000000000"
#define V_T \
	"298b8c1843a96993f9456a389d3a44a539213efe1e53b4478a130d9799265c39"
#define V_MS \
	"812efe6bae9051a5ed44d80e6c7b4632c6fdb8e18d2885c536578ea78fa435dc"
#define V_E1 \
	"b895c4bface752b9c4770da91541bdcad46f2f3b9cb0ef934111889db3878115"
#define V_D2G_DATA \
	"72953f55d76f5f42e2bbdbe462a99dc10ef886751de5fc3658ed6cee415583ab"
#define V_G2D_DATA \
	"c4176123fb65f2088dde2f58d03c6b2bce31bd07e07b3ab5dd0c51e307c1cf7b"
#define V_D2G_CONTROL \
	"fec802e42a4cafcb1a9bd46b44ad636be039fec53de45c8e4a403c9212081e53"
#define V_G2D_CONTROL \
	"9e95ab721e606164febae36aad2be66e4955833efac764598430ee813076fb7b"
#define V_D2G_BLIND \
	"c3ec57a34fb15430b9fce8f1071fd1e124ae49030907243a94fe63e08b0eb071"

#endif /* VECTORS_H */
